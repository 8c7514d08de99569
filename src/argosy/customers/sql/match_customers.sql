-- Find the customers that keys name, and make those that are missing; one row for each asked position.
with asked as (
    select * from unnest($1::int [], $2::text [], $3::text [], $4::uuid [], $5::text [], $6::text [], $7::text [])
    as a (position, scope, key, fresh_id, name, email, phone)
), known as (
    select
        a.position,
        k.customer_id
    from asked as a
    inner join customer_key as k on a.scope = k.scope and a.key = k.key
), missing as (
    select distinct on (a.scope, a.key)
        a.scope,
        a.key,
        a.fresh_id,
        a.name,
        a.email,
        a.phone
    from asked as a
    where not exists (select 1 from known as n where n.position = a.position)
    order by a.scope, a.key, a.position
), linked as (
    insert into customer_key (scope, key, customer_id, linked_at)
    select
        scope,
        key,
        fresh_id,
        $8
    from missing
    -- Who was linked by another transaction meanwhile is found by locking the row.
    on conflict (scope, key) do update set key = excluded.key
    returning scope, key, customer_id
), made as (
    insert into customer (customer_id, name, email, email_verified, phone, created_at, changed_at)
    select
        m.fresh_id,
        m.name,
        m.email,
        m.scope = 'email',
        m.phone,
        $8,
        $8
    from missing as m
    inner join linked as l on m.fresh_id = l.customer_id
)
select
    a.position,
    coalesce(n.customer_id, l.customer_id) as customer_id
from asked as a
left join known as n on a.position = n.position
left join linked as l on a.scope = l.scope and a.key = l.key
