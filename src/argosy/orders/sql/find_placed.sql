-- Orders that already carry one of some keys, with what an answer says about them.
select
    k.scope,
    k.key,
    o.order_id,
    o.order_number,
    o.digest,
    o.lifecycle,
    coalesce(m.payment_status, 'unpaid') as payment_status,
    o.fulfillment_status,
    o.return_status,
    o.version,
    o.promised_at,
    array(
        select h.kind from order_hold as h
        where h.order_id = o.order_id and h.released_at is null
        order by h.placed_at
    ) as holds
from unnest($1::text [], $2::text []) as w (scope, key)
inner join order_key as k on w.scope = k.scope and w.key = k.key
inner join orders as o on k.order_id = o.order_id
left join order_money as m on o.order_id = m.order_id
