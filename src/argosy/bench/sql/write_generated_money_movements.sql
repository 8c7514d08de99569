-- An authorization for each generated order, a capture for what was shipped, and the gateway's references of both.
with moved as (
    insert into money_movement (
        order_id, movement_id, payment_no, kind, amount_minor, currency, state, gateway, gateway_reference, cause_kind,
        cause_id, asked_at, settled_at
    )
    select
        g.order_id,
        case when k.kind = 'authorize' then g.authorization_id else g.capture_id end,
        1,
        k.kind,
        t.total,
        'GBP',
        'succeeded',
        'manual',
        'generated-' || g.n || k.suffix,
        k.cause,
        case when k.kind = 'capture' then g.invoice_id end,
        g.placed_at + k.later,
        g.placed_at + k.later
    from generated_order as g
    inner join generated_total as t on g.n = t.n
    inner join (
        values ('authorize', '', 'placement', interval '0'), ('capture', '-c', 'invoice', interval '3 hours')
    ) as k (kind, suffix, cause, later) on k.kind = 'authorize' or g.stage in ('shipped', 'closed')
    order by g.n, k.kind
)
insert into gateway_reference (gateway, reference, kind, order_id, movement_id)
select
    'manual',
    'generated-' || g.n || k.suffix,
    k.kind,
    g.order_id,
    case when k.kind = 'authorize' then g.authorization_id else g.capture_id end
from generated_order as g
inner join (
    values ('authorize', ''), ('capture', '-c')
) as k (kind, suffix) on k.kind = 'authorize' or g.stage in ('shipped', 'closed')
order by g.n, k.kind
