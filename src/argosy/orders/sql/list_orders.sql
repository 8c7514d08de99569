-- One page of orders, newest first; every filter is optional and planned for by itself.
select
    o.order_id,
    o.order_number,
    c.code as channel,
    o.external_id,
    o.currency,
    o.placed_at,
    o.captured_at,
    o.customer_id,
    o.buyer ->> 'name' as buyer_name,
    o.buyer ->> 'email' as buyer_email,
    o.total_minor,
    o.lifecycle,
    m.payment_status,
    o.fulfillment_status,
    o.return_status,
    o.active_holds,
    o.units_ordered,
    o.units_backordered,
    o.promised_at,
    o.tags,
    o.version
from orders as o
inner join order_money as m on o.order_id = m.order_id
inner join channel as c on o.channel_id = c.channel_id
where
    ($1::uuid is null or o.order_id < $1)
    and ($2::uuid [] is null or o.channel_id = any($2))
    and ($3::text is null or o.lifecycle = $3)
    and ($4::text is null or m.payment_status = $4)
    and ($5::text is null or o.fulfillment_status = $5)
    and ($6::text is null or o.return_status = $6)
    and ($7::bool is null or (o.active_holds > 0) = $7)
    and ($8::uuid is null or o.customer_id = $8)
    and ($9::text is null or lower(o.buyer ->> 'email') = lower($9))
    and ($10::uuid is null or o.order_id >= $10)
    and ($11::uuid is null or o.order_id < $11)
    and $12::text is null
    and (
        $13::text is null
        or o.order_id = any(array(select k.order_id from order_key as k where k.scope = 'number' and k.key = $13))
    )
    and (
        $14::text is null
        or o.order_id = any(
            array(
                select k.order_id
                from channel as ch
                inner join order_key as k on k.scope = 'channel:' || ch.channel_id::text and k.key = $14
            )
        )
    )
    and ($15::text is null or (o.tags <> '{}' and o.tags @> array[$15]))
order by o.order_id desc
limit $16
