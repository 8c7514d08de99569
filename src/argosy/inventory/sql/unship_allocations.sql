-- Units that had left are back and allocated again, before any carrier saw them.
with asked as materialized (
    select * from unnest($1::uuid [], $2::uuid [], $3::int [], $4::uuid [], $5::int [])
    as a (sku_id, fulfillment_order_id, line_no, location_id, quantity)
), locked as materialized (
    select
        b.sku_id,
        b.location_id,
        a.quantity
    from stock_balance as b
    inner join (
        select
            sku_id,
            location_id,
            sum(quantity)::int as quantity
        from asked
        group by sku_id, location_id
    ) as a on b.sku_id = a.sku_id and b.location_id = a.location_id
    order by b.sku_id, b.location_id
    for no key update of b
), moved as (
    update stock_balance as b
    set
        on_hand = b.on_hand + l.quantity,
        allocated = b.allocated + l.quantity,
        version = b.version + 1,
        changed_at = $6
    from locked as l
    where b.sku_id = l.sku_id and b.location_id = l.location_id
), recorded as (
    insert into stock_movement (
        sku_id, location_id, kind, on_hand_delta, allocated_delta, cause_kind, cause_id, reason, made_by, made_at
    )
    select
        sku_id,
        location_id,
        'shipped',
        quantity,
        quantity,
        'fulfillment_order',
        fulfillment_order_id,
        'unshipped',
        $7,
        $6
    from asked
)
insert into allocation as l (sku_id, fulfillment_order_id, line_no, location_id, quantity, made_at)
select
    sku_id,
    fulfillment_order_id,
    line_no,
    location_id,
    sum(quantity)::int,
    $6
from asked
group by sku_id, fulfillment_order_id, line_no, location_id
on conflict (sku_id, fulfillment_order_id, line_no) do update
set quantity = l.quantity + excluded.quantity
