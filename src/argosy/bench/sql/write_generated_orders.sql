-- The generated orders, with the counters that their stage implies.
insert into orders (
    order_id, order_number, channel_id, external_id, digest, currency, tax_mode, placed_at, captured_at, customer_id,
    buyer, bill_to, goods_minor, discount_minor, shipping_minor, fee_minor, tax_minor, total_minor, lifecycle,
    units_ordered, units_allocated, units_fulfilled, units_delivered, active_holds, promised_at, closed_at, version
)
select
    g.order_id,
    g.order_number,
    $1,
    'generated-' || g.n,
    uuid_send(g.order_id),
    'GBP',
    'gross',
    g.placed_at,
    g.placed_at,
    md5('customer' || g.customer_no)::uuid,
    jsonb_build_object(
        'external_id', 'buyer' || g.customer_no, 'email', 'buyer' || g.customer_no || '@example.com',
        'name', 'Buyer ' || g.customer_no
    ),
    g.address,
    t.total,
    0,
    0,
    0,
    t.tax,
    t.total,
    case when g.stage = 'closed' then 'closed' else 'placed' end,
    t.units,
    case when g.stage = 'allocated' then t.units else 0 end,
    case when g.stage in ('shipped', 'closed') then t.units else 0 end,
    case when g.stage = 'closed' then t.units else 0 end,
    case when g.stage = 'held' then 1 else 0 end,
    g.placed_at + interval '4 days',
    case when g.stage = 'closed' then g.placed_at + interval '5 days' end,
    case g.stage when 'closed' then 7 when 'shipped' then 4 when 'allocated' then 2 else 1 end
from generated_order as g
inner join generated_total as t on g.n = t.n
order by g.n
