-- Let groups that wait be routed at once, because something changed for their orders.
update delivery_group
set routing_state = 'to_route', route_after = least(route_after, $2)
where order_id = any($1::uuid []) and routing_state in ('to_route', 'waiting')
