-- Each invoice is the sum of its lines, and the money of each order knows what was invoiced.
select
    'an invoice is the sum of its lines' as rule,
    i.invoice_number as subject,
    concat_ws(' ', sum(l.net_minor), sum(l.tax_minor), sum(l.total_minor)) as expected,
    concat_ws(' ', i.net_minor, i.tax_minor, i.total_minor) as found
from invoice as i
left join invoice_line as l on i.order_id = l.order_id and i.invoice_id = l.invoice_id
group by i.order_id, i.invoice_id
having (i.net_minor, i.tax_minor, i.total_minor) is distinct from (sum(l.net_minor), sum(l.tax_minor), sum(l.total_minor))
union all
select
    'the money of an order knows what was invoiced' as rule,
    m.order_id::text as subject,
    coalesce(i.total_minor, 0)::text as expected,
    m.invoiced_minor::text as found
from order_money as m
left join (
    select
        order_id,
        sum(total_minor) as total_minor
    from invoice
    group by order_id
) as i on m.order_id = i.order_id
where m.invoiced_minor <> coalesce(i.total_minor, 0)
