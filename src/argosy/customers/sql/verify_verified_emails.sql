-- A customer's verified e-mail address names that customer.
select
    'verified e-mail addresses name their customer' as rule,
    c.customer_id::text as subject,
    lower(c.email) as expected,
    coalesce(k.customer_id::text, 'nobody') as found
from customer as c
left join customer_key as k on k.scope = 'email' and lower(btrim(c.email)) = k.key
where c.email_verified and k.customer_id is distinct from c.customer_id
