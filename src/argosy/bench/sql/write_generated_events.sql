-- The log: each generated order placed, routed, shipped, captured, invoiced, delivered and closed, as far as it came.
insert into event (
    subject_id, event_id, name, subject_version, channel_id, occurred_at, recorded_at, body, position
)
select
    g.order_id,
    (left(g.order_id::text, 20) || '2' || lpad(k.no::text, 2, '0') || right(g.order_id::text, 13))::uuid,
    k.name,
    k.no,
    $1,
    g.placed_at + k.later,
    g.placed_at + k.later,
    case k.no
        when 1 then
            jsonb_build_object(
                'order_id', g.order_id, 'order_number', g.order_number, 'channel', 'web', 'external_id', 'generated-' || g.n,
                'currency', 'GBP', 'tax_mode', 'gross', 'placed_at', g.placed_at, 'total_minor', t.total, 'lines', t.lines,
                'delivery_groups', jsonb_build_array(
                    jsonb_build_object('group_no', 1, 'key', 'g1', 'method', 'standard', 'ship_to', g.address)
                )
            )
        when 2 then
            jsonb_build_object(
                'order_id', g.order_id, 'fulfillment_order_id', g.fulfillment_order_id, 'number', 'F' || g.order_number,
                'group_no', 1, 'location_id', g.location_id, 'kind', 'ship', 'method', 'standard',
                'due_at', g.placed_at + interval '1 day', 'by', 'system:bench', 'lines', t.moved
            )
        when 4 then
            jsonb_build_object(
                'order_id', g.order_id, 'movement_id', g.capture_id, 'payment_no', 1, 'gateway', 'manual', 'method', 'card',
                'amount_minor', t.total, 'currency', 'GBP', 'payment_status', 'captured', 'cause_kind', 'invoice',
                'cause_id', g.invoice_id
            )
        when 7 then jsonb_build_object('order_id', g.order_id)
        else jsonb_build_object('order_id', g.order_id, 'lines', t.moved, 'by', 'system:bench')
    end,
    row_number() over (order by k.no, g.n)
from generated_order as g
inner join generated_total as t on g.n = t.n
inner join (
    values
    (1, 'order.placed.v1', interval '0', array['placed', 'held', 'allocated', 'shipped', 'closed']),
    (2, 'fulfillment.routed.v1', interval '2 hours', array['allocated', 'shipped', 'closed']),
    (3, 'order.units_fulfilled.v1', interval '3 hours', array['shipped', 'closed']),
    (4, 'payment.captured.v1', interval '3 hours', array['shipped', 'closed']),
    (6, 'order.units_delivered.v1', interval '3 days', array['closed']),
    (7, 'order.closed.v1', interval '5 days', array['closed'])
) as k (no, name, later, stages) on g.stage = any(k.stages)
