-- Sums and one payment for each generated order; what was shipped is captured and invoiced.
with totals as (
    insert into order_money (
        order_id, currency, total_minor, authorized_minor, captured_minor, invoiced_minor, to_capture_minor, channel_id,
        closed, held, changed_at
    )
    select
        g.order_id,
        'GBP',
        t.total,
        t.total,
        case when g.stage in ('shipped', 'closed') then t.total else 0 end,
        case when g.stage in ('shipped', 'closed') then t.total else 0 end,
        case when g.stage in ('shipped', 'closed') then t.total else 0 end,
        $1,
        g.stage = 'closed',
        g.stage = 'held',
        g.placed_at
    from generated_order as g
    inner join generated_total as t on g.n = t.n
    order by g.n
)
insert into payment (
    order_id, payment_no, gateway, method, currency, amount_minor, authorization_ref, authorized_minor, captured_minor,
    created_at
)
select
    g.order_id,
    1,
    'manual',
    'card',
    'GBP',
    t.total,
    'generated-' || g.n,
    t.total,
    case when g.stage in ('shipped', 'closed') then t.total else 0 end,
    g.placed_at
from generated_order as g
inner join generated_total as t on g.n = t.n
order by g.n
