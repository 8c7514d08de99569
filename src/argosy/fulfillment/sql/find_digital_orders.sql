-- Digital fulfillment orders that wait to be delivered, oldest first; those of held orders wait on.
select f.fulfillment_order_id
from fulfillment_order as f
inner join orders as o on f.order_id = o.order_id
inner join delivery_group as g on f.order_id = g.order_id and f.group_no = g.group_no
where
    f.kind = 'digital'
    and f.state = 'open'
    and o.active_holds = o.group_holds
    and g.active_holds = 0
    and o.lifecycle = 'placed'
order by f.created_at
limit $1
