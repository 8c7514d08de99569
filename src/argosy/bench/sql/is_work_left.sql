-- Whether an event waits for its position, or a delivery group for being routed.
select
    exists (select 1 from event where position is null)
    or exists (select 1 from delivery_group where routing_state = 'to_route' and route_after < now())
