-- Accepted fulfillment orders of a location that are on no pick list, most urgent first.
select fulfillment_order_id
from fulfillment_order
where location_id = $1 and state = 'accepted' and pick_list_id is null
order by due_at, fulfillment_order_id
limit $2
