-- Count uses of promotion codes within their limits, in all and per customer, and record each; true when all were counted.
with asked as (
    select * from unnest($1::uuid [], $2::uuid [], $3::text [], $4::bigint [])
    as a (promotion_code_id, order_id, customer_key, discount_minor)
), per_code as (
    select
        promotion_code_id,
        count(*)::int as uses
    from asked
    group by promotion_code_id
), locked as materialized (  -- In one order for everybody, so that two batches never deadlock.
    select c.promotion_code_id
    from promotion_code as c
    inner join per_code as p on c.promotion_code_id = p.promotion_code_id
    order by c.promotion_code_id
    for no key update of c
), counted as (
    update promotion_code as c set used = c.used + p.uses
    from per_code as p
    inner join locked as l on p.promotion_code_id = l.promotion_code_id
    where
        c.promotion_code_id = p.promotion_code_id
        and c.active
        and (c.most_uses is null or c.used + p.uses <= c.most_uses)
    returning c.promotion_code_id, c.most_uses_per_customer
), per_customer as (
    select
        promotion_code_id,
        customer_key,
        count(*)::int as uses
    from asked
    where customer_key is not null
    group by promotion_code_id, customer_key
), counted_customers as (
    insert into promotion_customer_use as u (promotion_code_id, customer_key, used)
    select
        p.promotion_code_id,
        p.customer_key,
        p.uses
    from per_customer as p
    inner join counted as c on p.promotion_code_id = c.promotion_code_id
    where c.most_uses_per_customer is null or p.uses <= c.most_uses_per_customer
    on conflict (promotion_code_id, customer_key) do update set used = u.used + excluded.used
    where
        u.used + excluded.used <= coalesce(
            (
                select c.most_uses_per_customer from promotion_code as c
                where c.promotion_code_id = u.promotion_code_id
            ),
            2147483647
        )
    returning u.promotion_code_id
), recorded as (
    insert into promotion_redemption (promotion_code_id, order_id, customer_key, discount_minor, redeemed_at)
    select
        a.promotion_code_id,
        a.order_id,
        a.customer_key,
        a.discount_minor,
        $5
    from asked as a
    inner join counted as c on a.promotion_code_id = c.promotion_code_id
)
select
    (select count(*) from counted) = (select count(*) from per_code)
    and (select count(*) from counted_customers) = (select count(*) from per_customer) as all_counted
