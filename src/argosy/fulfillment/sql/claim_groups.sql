-- Take delivery groups that are due, locking them and their orders; what others hold is left to them.
select
    g.order_id,
    g.group_no,
    g.routing_attempts,
    o.active_holds - o.group_holds + g.active_holds as active_holds,
    (
        -- What a gateway has not set aside, or refused to, is waited for, also when another part was taken.
        select
            case
                when m.authorized_minor - m.voided_minor >= m.total_minor then m.payment_status
                when m.pending_authorization_minor > 0 then 'pending'
                when m.failed_authorizations > 0 then 'failed'
                else m.payment_status
            end
        from order_money as m
        where m.order_id = g.order_id
    ) as payment_status
from delivery_group as g
inner join orders as o on g.order_id = o.order_id
where
    g.routing_state in ('to_route', 'waiting')
    and g.route_after <= $1
    and o.lifecycle = 'placed'
order by g.route_after
limit $2
for no key update of o, g skip locked
