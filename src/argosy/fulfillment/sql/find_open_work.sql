-- The fulfillment orders of some orders that nobody has taken on yet.
select fulfillment_order_id
from fulfillment_order
where order_id = any($1::uuid []) and state = 'open'
order by fulfillment_order_id
