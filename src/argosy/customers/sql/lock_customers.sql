-- Lock customers in one order for everybody and return their versions.
select
    customer_id,
    version
from customer
where customer_id = any($1::uuid [])
order by customer_id
for no key update
