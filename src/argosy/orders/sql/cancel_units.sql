-- Apply decided cancellations as change orders and announce each; an order whose version moved on is left alone.
with decided as materialized (
    select *
    from unnest($1::uuid [], $2::int [], $3::uuid [], $4::boolean [], $5::int [], $6::text [], $7::text [])
    as d (order_id, version, change_order_id, is_whole, backordered, reason, note)
), given as materialized (
    select *
    from unnest($10::uuid [], $11::int [], $12::int [], $13::bigint [])
    as u (order_id, line_no, quantity, value_minor)
), sums as (
    select
        order_id,
        sum(quantity)::int as quantity,
        sum(value_minor)::bigint as value_minor,
        jsonb_agg(
            jsonb_build_object('line_no', line_no, 'quantity', quantity, 'value_minor', value_minor) order by line_no
        ) as lines
    from given
    group by order_id
), locked as materialized (  -- In one order for everybody, so that two batches never deadlock.
    select
        o.order_id,
        d.change_order_id,
        d.is_whole,
        d.backordered,
        d.reason,
        d.note,
        s.quantity,
        s.value_minor,
        s.lines
    from orders as o
    inner join decided as d on o.order_id = d.order_id and o.version = d.version
    inner join sums as s on o.order_id = s.order_id
    where o.lifecycle = 'placed'
    order by o.order_id
    for no key update of o
), bumped as (
    update orders as o
    set
        units_canceled = o.units_canceled + l.quantity,
        canceled_minor = o.canceled_minor + l.value_minor,
        units_backordered = greatest(0, o.units_backordered - l.backordered),
        lifecycle = case when l.is_whole then 'canceled' else o.lifecycle end,
        canceled_at = case when l.is_whole then $9::timestamptz end,
        active_holds = case when l.is_whole then 0 else o.active_holds end,
        group_holds = case when l.is_whole then 0 else o.group_holds end,
        version = o.version + 1
    from locked as l
    where o.order_id = l.order_id
    returning
        l.change_order_id, o.version, o.channel_id, o.currency, o.lifecycle,
        o.total_minor - o.canceled_minor as total_minor
), changed as (
    insert into change_order (order_id, change_order_id, kind, reason, note, value_minor, currency, made_by, made_at)
    select
        l.order_id,
        l.change_order_id,
        'cancel',
        l.reason,
        l.note,
        l.value_minor,
        b.currency,
        $8,
        $9
    from locked as l
    inner join bumped as b on l.change_order_id = b.change_order_id
), moved as (
    insert into change_order_line (order_id, change_order_id, line_no, quantity, value_minor)
    select
        g.order_id,
        l.change_order_id,
        g.line_no,
        g.quantity,
        g.value_minor
    from given as g
    inner join locked as l on g.order_id = l.order_id
), counted as (
    update order_line as x
    set canceled = x.canceled + g.quantity, canceled_minor = x.canceled_minor + g.value_minor
    from given as g
    inner join locked as l on g.order_id = l.order_id
    where x.order_id = g.order_id and x.line_no = g.line_no
), freed as (
    update order_hold as h
    set released_by = $8, released_at = $9, release_reason = 'The order was canceled.'
    from locked as l
    where l.is_whole and h.order_id = l.order_id and h.released_at is null
), rested as (  -- Groups with nothing left to route leave the queue.
    update delivery_group as g
    set
        routing_state = case when g.routing_state in ('to_route', 'waiting') then 'done' else g.routing_state end,
        active_holds = case when l.is_whole then 0 else g.active_holds end
    from unnest($14::uuid [], $15::int []) as r (order_id, group_no)
    inner join locked as l on r.order_id = l.order_id
    where g.order_id = r.order_id and g.group_no = r.group_no
), announced as (
    insert into event (name, subject_id, subject_version, channel_id, occurred_at, body)
    select
        'order.units_canceled.v1',
        l.order_id,
        b.version,
        b.channel_id,
        $9,
        jsonb_strip_nulls(jsonb_build_object(
            'order_id', l.order_id, 'change_order_id', l.change_order_id, 'reason', l.reason, 'note', l.note,
            'lines', l.lines, 'value_minor', l.value_minor, 'currency', b.currency, 'total_minor', b.total_minor,
            'by', $8::text
        ))
    from locked as l
    inner join bumped as b on l.change_order_id = b.change_order_id
    union all
    select
        'order.canceled.v1',
        l.order_id,
        b.version,
        b.channel_id,
        $9,
        jsonb_build_object(
            'order_id', l.order_id, 'change_order_id', l.change_order_id, 'reason', l.reason, 'by', $8::text
        )
    from locked as l
    inner join bumped as b on l.change_order_id = b.change_order_id
    where l.is_whole
)
select
    l.order_id,
    b.version,
    b.lifecycle
from locked as l
inner join bumped as b on l.change_order_id = b.change_order_id
