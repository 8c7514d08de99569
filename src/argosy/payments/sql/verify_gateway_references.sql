-- Each movement that was done bears a reference of its gateway that no other bears.
select
    'a reference belongs to the movement that bears it' as rule,
    coalesce(m.movement_id, r.movement_id)::text as subject,
    coalesce(r.reference, 'none') as expected,
    coalesce(m.gateway_reference, 'none') as found
from (
    select *
    from money_movement
    where state = 'succeeded' and gateway_reference is not null
) as m
full join gateway_reference as r
    on m.order_id = r.order_id and m.movement_id = r.movement_id and m.gateway = r.gateway and m.kind = r.kind
where m.gateway_reference is distinct from r.reference
