-- Count units as given to locations, and announce it once per order.
with moved as (
    select * from unnest($1::uuid [], $2::int [], $3::int []) as m (order_id, line_no, quantity)
), totals as (
    select
        order_id,
        sum(quantity)::int as quantity,
        jsonb_agg(jsonb_build_object('line_no', line_no, 'quantity', quantity) order by line_no) as lines
    from moved
    group by order_id
), locked as (
    select
        o.order_id,
        t.quantity,
        t.lines
    from orders as o
    inner join totals as t on o.order_id = t.order_id
    order by o.order_id
    for no key update of o
), bumped as (
    update orders as o
    set units_allocated = o.units_allocated + l.quantity, version = o.version + 1
    from locked as l
    where o.order_id = l.order_id
    returning o.order_id, o.version, o.channel_id, l.lines
), counted as (
    update order_line as l
    set allocated = l.allocated + m.quantity
    from moved as m
    where l.order_id = m.order_id and l.line_no = m.line_no
)
insert into event (name, subject_id, subject_version, channel_id, occurred_at, body)
select
    'order.units_allocated.v1',
    order_id,
    version,
    channel_id,
    $4,
    jsonb_build_object('order_id', order_id, 'lines', lines, 'by', $5::text)
from bumped
