-- A page of fulfillment orders, oldest first.
with page as (
    select *
    from fulfillment_order as f
    where
        ($1::uuid [] is null or f.location_id = any($1))
        and ($2::text [] is null or f.state = any($2))
        and ($3::text [] is null or f.kind = any($3))
        and ($4::uuid is null or f.order_id = $4)
        and ($5::uuid is null or f.fulfillment_order_id > $5)
        and ($6::timestamptz is null or f.due_at < $6)
        and ($7::uuid [] is null or f.channel_id = any($7))
    order by f.fulfillment_order_id
    limit $8
)
select
    p.order_id,
    p.fulfillment_order_id,
    p.number,
    o.order_number,
    p.group_no,
    p.channel_id,
    p.location_id,
    p.method_code,
    p.kind,
    p.state,
    p.due_at,
    p.ship_by,
    p.promised_at,
    p.pick_list_id,
    p.reason,
    p.created_at,
    p.version,
    (
        select sum(l.quantity - l.short - l.canceled)
        from fulfillment_order_line as l
        where l.order_id = p.order_id and l.fulfillment_order_id = p.fulfillment_order_id
    )::int as units
from page as p
inner join orders as o on p.order_id = o.order_id
order by p.fulfillment_order_id
