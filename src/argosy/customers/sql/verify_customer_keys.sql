-- An identifier names a customer that exists.
select
    'identifiers name customers' as rule,
    k.scope || ' ' || k.key as subject,
    k.customer_id::text as expected,
    'no such customer' as found
from customer_key as k
left join customer as c on k.customer_id = c.customer_id
where c.customer_id is null
