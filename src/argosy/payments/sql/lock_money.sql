-- Lock the money of orders, in one order for everybody; whoever changes money of an order comes by here first.
select order_id
from order_money
where order_id = any($1::uuid [])
order by order_id
for no key update
