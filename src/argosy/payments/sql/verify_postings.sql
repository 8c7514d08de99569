-- The accounts of each order say what its balances say.
with sides as (
    select
        order_id,
        debit_account as account,
        amount_minor
    from ledger_posting
    union all
    select
        order_id,
        credit_account as account,
        -amount_minor as amount_minor
    from ledger_posting
), accounts as (
    select
        order_id,
        coalesce(sum(amount_minor) filter (where account like 'authorized:%'), 0) as held,
        coalesce(sum(amount_minor) filter (where account like 'clearing:%'), 0) as taken,
        coalesce(-sum(amount_minor) filter (where account in ('revenue', 'tax')), 0) as earned,
        coalesce(-sum(amount_minor) filter (where account = 'buyer'), 0) as owed_to_buyer
    from sides
    group by order_id
)
select
    r.rule,
    m.order_id::text as subject,
    r.expected::text as expected,
    r.found::text as found
from order_money as m
left join accounts as a on m.order_id = a.order_id
cross join lateral (
    values
    ('authorized money is posted', m.authorized_minor - m.captured_minor - m.voided_minor, coalesce(a.held, 0)),
    ('captured money is posted', m.captured_minor - m.refunded_minor, coalesce(a.taken, 0)),
    ('invoices are posted', m.invoiced_minor, coalesce(a.earned, 0)),
    ('the buyer''s account is what was taken and not invoiced', m.captured_minor - m.refunded_minor - m.invoiced_minor, coalesce(a.owed_to_buyer, 0))
) as r (rule, expected, found)
where r.expected <> r.found
