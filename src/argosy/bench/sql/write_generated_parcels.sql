-- One shipment in one package for each generated order that left, with its tracking number.
with shipped as (
    insert into shipment (
        order_id, shipment_id, fulfillment_order_id, state, carrier, tracking_number, amount_minor, currency, shipped_at,
        shipped_by, delivered_at
    )
    select
        g.order_id,
        g.shipment_id,
        g.fulfillment_order_id,
        case when g.stage = 'closed' then 'delivered' else 'shipped' end,
        'post',
        'T' || g.order_number,
        t.total,
        'GBP',
        g.placed_at + interval '3 hours',
        'system:bench',
        case when g.stage = 'closed' then g.placed_at + interval '3 days' end
    from generated_order as g
    inner join generated_total as t on g.n = t.n
    where g.stage in ('shipped', 'closed')
    order by g.n
), packed as (
    insert into package (
        order_id, package_id, fulfillment_order_id, shipment_id, carrier, tracking_number, packed_at, delivered_at
    )
    select
        order_id,
        package_id,
        fulfillment_order_id,
        shipment_id,
        'post',
        'T' || order_number,
        placed_at + interval '3 hours',
        case when stage = 'closed' then placed_at + interval '3 days' end
    from generated_order
    where stage in ('shipped', 'closed')
    order by n
), tracked as (
    insert into tracking_key (tracking_number, carrier, package_id, order_id)
    select
        'T' || order_number,
        'post',
        package_id,
        order_id
    from generated_order
    where stage in ('shipped', 'closed')
    order by n
)
insert into package_line (order_id, package_id, line_no, quantity)
select
    l.order_id,
    g.package_id,
    l.line_no,
    l.quantity
from generated_line as l
inner join generated_order as g on l.n = g.n
where l.stage in ('shipped', 'closed')
order by l.n, l.line_no
