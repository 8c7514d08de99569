-- Write decided fulfillment orders with their lines and numbers, and announce each.
with decided as materialized (
    select
        d.*,
        'F' || nextval('fulfillment_order_series') as number
    from unnest(
        $1::uuid [], $2::uuid [], $3::int [], $4::uuid [], $5::text [], $6::date [], $7::timestamptz []
    ) as d (order_id, fulfillment_order_id, group_no, location_id, kind, load_day, due_at)
), lines as materialized (
    select *
    from unnest(
        $8::uuid [], $9::uuid [], $10::int [], $11::int [], $12::uuid [], $13::text [], $14::int [], $15::int []
    ) as l (order_id, fulfillment_order_id, line_no, order_line_no, sku_id, sku_code, quantity, per_unit)
), bodies as (
    select
        fulfillment_order_id,
        jsonb_agg(
            jsonb_build_object('line_no', order_line_no, 'sku', sku_code, 'quantity', quantity) order by line_no
        ) as lines
    from lines
    group by fulfillment_order_id
), placed as (
    insert into fulfillment_order (
        order_id, fulfillment_order_id, number, group_no, channel_id, location_id, method_code, kind,
        ship_to, gift_message, instructions, load_day, due_at, ship_by, promised_at, created_at
    )
    select
        d.order_id,
        d.fulfillment_order_id,
        d.number,
        d.group_no,
        o.channel_id,
        d.location_id,
        g.method_code,
        d.kind,
        g.ship_to,
        g.gift_message,
        g.instructions,
        d.load_day,
        d.due_at,
        g.promised_ship_by,
        g.promised_at,
        $16
    from decided as d
    inner join orders as o on d.order_id = o.order_id
    inner join delivery_group as g on d.order_id = g.order_id and d.group_no = g.group_no
    returning
        order_id, fulfillment_order_id, number, group_no, channel_id, location_id, method_code, kind, due_at, version
), keyed as (
    insert into fulfillment_order_key (number, order_id, fulfillment_order_id)
    select
        number,
        order_id,
        fulfillment_order_id
    from decided
), lined as (
    insert into fulfillment_order_line (
        order_id, fulfillment_order_id, line_no, order_line_no, sku_id, sku_code, quantity, per_unit
    )
    select * from lines
)
insert into event (name, subject_id, subject_version, channel_id, occurred_at, body)
select
    'fulfillment.routed.v1',
    p.order_id,
    p.version,
    p.channel_id,
    $16,
    jsonb_build_object(
        'order_id', p.order_id,
        'fulfillment_order_id', p.fulfillment_order_id,
        'number', p.number,
        'group_no', p.group_no,
        'location_id', p.location_id,
        'kind', p.kind,
        'method', p.method_code,
        'due_at', p.due_at,
        'by', $17::text,
        'lines', b.lines
    )
from placed as p
inner join bodies as b on p.fulfillment_order_id = b.fulfillment_order_id
