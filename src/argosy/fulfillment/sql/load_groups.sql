-- The delivery groups to route: recipient, method, promise, and the lines with units that have no location.
with wanted as (
    select * from unnest($1::uuid [], $2::int []) as w (order_id, group_no)
)
select
    g.order_id,
    g.group_no,
    o.channel_id,
    o.placed_at,
    g.method_code,
    g.country,
    (g.ship_to ->> 'latitude')::double precision as latitude,
    (g.ship_to ->> 'longitude')::double precision as longitude,
    g.promised_ship_by,
    g.promised_at,
    g.pickup_location_id,
    g.routing_attempts,
    l.line_no,
    l.sku_id,
    l.sku_code,
    l.kind,
    l.ordered - l.canceled - l.allocated - l.fulfilled as units,
    case
        when l.is_kit
            then (
                select jsonb_agg(jsonb_build_array(c.sku_id, s.code, c.per_unit) order by s.code)
                from order_line_component as c
                inner join sku as s on c.sku_id = s.sku_id
                where c.order_id = l.order_id and c.line_no = l.line_no
            )
    end as components
from wanted as w
inner join delivery_group as g on w.order_id = g.order_id and w.group_no = g.group_no
inner join orders as o on g.order_id = o.order_id
left join order_line as l
    on g.order_id = l.order_id
    and g.group_no = l.group_no
    and l.ordered - l.canceled - l.allocated - l.fulfilled > 0
order by g.order_id, g.group_no, l.line_no
