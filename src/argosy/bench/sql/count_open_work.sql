-- How many fulfillment orders wait for their location.
select count(*)::int
from fulfillment_order
where state in ('open', 'accepted')
