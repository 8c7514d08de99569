-- Reservations of orders that wait, allocations of those that a location works on.
with reserved as (
    insert into reservation (sku_id, owner_id, line_no, location_id, quantity, owner_kind, made_at)
    select
        sku_id,
        order_id,
        line_no,
        location_id,
        quantity,
        'order',
        placed_at
    from generated_line
    where stage in ('placed', 'held')
)
insert into allocation (sku_id, fulfillment_order_id, line_no, location_id, quantity, made_at)
select
    sku_id,
    fulfillment_order_id,
    line_no,
    location_id,
    quantity,
    placed_at
from generated_line
where stage = 'allocated'
