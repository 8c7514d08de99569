-- What notices of a gateway are about: a movement of ours by its key or reference, or a payment by its authorization.
select
    coalesce(m.order_id, r.order_id, a.order_id) as order_id,
    coalesce(m.movement_id, r.movement_id) as movement_id,
    p.payment_no,
    coalesce(m.state in ('succeeded', 'failed'), r.movement_id is not null) as is_final
from unnest($2::uuid [], $3::text [], $4::text [], $5::text [], $6::text []) with ordinality
    as n (order_id, key, reference, kind, authorization_reference, place)
left join money_movement as m
    on
        n.order_id = m.order_id
        and m.gateway = $1
        and n.kind = m.kind
        and (n.key = m.movement_id::text or (n.reference = m.gateway_reference and m.state in ('pending', 'unknown')))
left join gateway_reference as r
    on m.movement_id is null and r.gateway = $1 and n.reference = r.reference and n.kind = r.kind
left join gateway_reference as a
    on
        m.movement_id is null
        and r.movement_id is null
        and a.gateway = $1
        and n.authorization_reference = a.reference
        and a.kind = 'authorize'
left join money_movement as p on a.order_id = p.order_id and a.movement_id = p.movement_id
order by n.place
