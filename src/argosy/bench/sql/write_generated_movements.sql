-- The stock ledger: receipts that cover everything and leave some, then each line reserved, allocated and shipped.
insert into stock_movement (
    sku_id, movement_id, location_id, kind, on_hand_delta, allocated_delta, reserved_delta, cause_kind, cause_id, made_by,
    made_at, recorded_at
)
select
    k.sku_id,
    md5('received' || k.sku_id || p.location_id)::uuid,
    p.location_id,
    'received',
    $3::int + coalesce(u.quantity, 0)::int,
    0,
    0,
    'bench',
    null,
    'system:bench',
    $4::timestamptz - interval '500 days',
    $4::timestamptz - interval '500 days'
from unnest($1::uuid []) as k (sku_id)
cross join unnest($2::uuid []) as p (location_id)
left join (
    select
        sku_id,
        location_id,
        sum(quantity) as quantity
    from generated_line
    group by sku_id, location_id
) as u on k.sku_id = u.sku_id and p.location_id = u.location_id
union all
select
    l.sku_id,
    (left(l.order_id::text, 20) || lpad(to_hex(l.line_no * 16 + s.step), 3, '0') || right(l.order_id::text, 13))::uuid,
    l.location_id,
    s.kind,
    s.on_hand * l.quantity,
    s.allocated * l.quantity,
    s.reserved * l.quantity,
    s.cause,
    case when s.step = 1 then l.order_id else l.fulfillment_order_id end,
    'system:bench',
    l.placed_at + s.step * interval '1 hour',
    l.placed_at + s.step * interval '1 hour'
from generated_line as l
inner join (
    values
    (1, 'reserved', 0, 0, 1, 'order', array['placed', 'held', 'allocated', 'shipped', 'closed']),
    (2, 'allocated', 0, 1, -1, 'fulfillment_order', array['allocated', 'shipped', 'closed']),
    (3, 'shipped', -1, -1, 0, 'fulfillment_order', array['shipped', 'closed'])
) as s (step, kind, on_hand, allocated, reserved, cause, stages) on l.stage = any(s.stages)
