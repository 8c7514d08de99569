-- The amounts of an order are the sums of its lines, and each line is the sum of its parts.
with per_order as (
    select
        order_id,
        sum(total_minor) as total_minor,
        sum(amount_minor) as goods_minor,
        sum(discount_minor + order_discount_minor) as discount_minor,
        sum(shipping_minor) as shipping_minor,
        sum(fee_minor) as fee_minor,
        sum(tax_minor + shipping_tax_minor) as tax_minor
    from order_line
    group by order_id
)
select
    'order amounts are the sums of its lines' as rule,
    o.order_id::text as subject,
    concat_ws(
        ', ', 'total ' || s.total_minor, 'goods ' || s.goods_minor, 'discount ' || s.discount_minor,
        'shipping ' || s.shipping_minor, 'fees ' || s.fee_minor, 'tax ' || s.tax_minor
    ) as expected,
    concat_ws(
        ', ', 'total ' || o.total_minor, 'goods ' || o.goods_minor, 'discount ' || o.discount_minor,
        'shipping ' || o.shipping_minor, 'fees ' || o.fee_minor, 'tax ' || o.tax_minor
    ) as found
from orders as o
left join per_order as s on o.order_id = s.order_id
where
    (o.total_minor, o.goods_minor, o.discount_minor, o.shipping_minor, o.fee_minor, o.tax_minor)
    is distinct from
    (s.total_minor, s.goods_minor, s.discount_minor, s.shipping_minor, s.fee_minor, s.tax_minor)
union all
select
    'a line is the sum of its parts' as rule,
    l.order_id::text || ' line ' || l.line_no::text as subject,
    (
        l.amount_minor - l.discount_minor - l.order_discount_minor + l.shipping_minor + l.fee_minor
        + case o.tax_mode when 'net' then l.tax_minor + l.shipping_tax_minor else 0 end
    )::text as expected,
    l.total_minor::text as found
from order_line as l
inner join orders as o on l.order_id = o.order_id
where
    l.total_minor
    <> l.amount_minor - l.discount_minor - l.order_discount_minor + l.shipping_minor + l.fee_minor
    + case o.tax_mode when 'net' then l.tax_minor + l.shipping_tax_minor else 0 end
