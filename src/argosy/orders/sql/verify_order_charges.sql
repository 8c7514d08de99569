-- The discounts, fees and shipping that the buyer saw are what the lines carry of them.
with seen as (
    select
        order_id,
        sum(amount_minor) filter (where kind = 'discount') as discount_minor,
        sum(amount_minor) filter (where kind = 'fee') as fee_minor,
        sum(amount_minor) filter (where kind = 'shipping') as shipping_minor
    from order_charge
    group by order_id
), carried as (
    select
        order_id,
        sum(order_discount_minor) as discount_minor,
        sum(fee_minor) as fee_minor,
        sum(shipping_minor) as shipping_minor
    from order_line
    group by order_id
)
select
    'charges are carried by the lines' as rule,
    c.order_id::text as subject,
    concat_ws(
        ', ', 'discount ' || coalesce(s.discount_minor, 0), 'fees ' || coalesce(s.fee_minor, 0),
        'shipping ' || coalesce(s.shipping_minor, 0)
    ) as expected,
    concat_ws(
        ', ', 'discount ' || c.discount_minor, 'fees ' || c.fee_minor, 'shipping ' || c.shipping_minor
    ) as found
from carried as c
left join seen as s on c.order_id = s.order_id
where
    (c.discount_minor, c.fee_minor, c.shipping_minor)
    <> (coalesce(s.discount_minor, 0), coalesce(s.fee_minor, 0), coalesce(s.shipping_minor, 0))
