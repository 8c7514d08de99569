-- The redemptions of one promotion code by order, a page after one.
select
    order_id,
    customer_key,
    discount_minor,
    redeemed_at
from promotion_redemption
where promotion_code_id = $1 and ($2::uuid is null or order_id > $2)
order by order_id
limit $3
