-- Promotion codes whose counters differ from their redemptions, in all or for a customer.
select
    'a code was used as often as it was redeemed' as rule,
    c.code as subject,
    count(r.order_id)::text as expected,
    c.used::text as found
from promotion_code as c
left join promotion_redemption as r on c.promotion_code_id = r.promotion_code_id
group by c.promotion_code_id
having c.used <> count(r.order_id)
union all
select
    'a customer used a code as often as they redeemed it' as rule,
    coalesce(u.promotion_code_id, r.promotion_code_id)::text || ' ' || coalesce(u.customer_key, r.customer_key) as subject,
    coalesce(r.uses, 0)::text as expected,
    coalesce(u.used, 0)::text as found
from promotion_customer_use as u
full join (
    select
        promotion_code_id,
        customer_key,
        count(*) as uses
    from promotion_redemption
    where customer_key is not null
    group by promotion_code_id, customer_key
) as r on u.promotion_code_id = r.promotion_code_id and u.customer_key = r.customer_key
where coalesce(r.uses, 0) <> coalesce(u.used, 0)
union all
select
    'a redemption belongs to an order that names the code' as rule,
    r.promotion_code_id::text || ' ' || r.order_id::text as subject,
    'an order' as expected,
    'none' as found
from promotion_redemption as r
where not exists (select 1 from orders as o where o.order_id = r.order_id)
