-- The numbers of each series are 1 to the last without a gap, and each belongs to one invoice.
select
    'invoice numbers have no gap' as rule,
    coalesce(s.series, n.series) as subject,
    coalesce(s.last_number, 0)::text || ' numbers from 1 to ' || coalesce(s.last_number, 0)::text as expected,
    coalesce(n.numbers, 0)::text || ' numbers from ' || coalesce(n.first, 0)::text || ' to ' || coalesce(n.last, 0)::text as found
from invoice_series as s
full join (
    select
        k.series,
        count(i.invoice_id) as numbers,
        min(k.number) as first,
        max(k.number) as last
    from invoice_number as k
    left join invoice as i
        on k.order_id = i.order_id and k.invoice_id = i.invoice_id and k.series = i.series and k.number = i.number
    group by k.series
) as n on s.series = n.series
where
    (coalesce(n.numbers, 0), coalesce(n.last, 0)) is distinct from (coalesce(s.last_number, 0), coalesce(s.last_number, 0))
    or n.first > 1
