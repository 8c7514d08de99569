-- Link identifiers to customers; return whom each of them names now, which may be another who had it before.
with asked as (
    select * from unnest($1::text [], $2::text [], $3::uuid []) as a (scope, key, customer_id)
), linked as (
    insert into customer_key (scope, key, customer_id, linked_at)
    select
        scope,
        key,
        customer_id,
        $4
    from asked
    order by scope <> 'email', scope, key
    on conflict (scope, key) do update
    set key = excluded.key
    returning scope, key, customer_id, xmax = 0 as is_new
), fresh as (
    select
        customer_id,
        jsonb_agg(
            case scope
                when 'email' then jsonb_build_object('kind', 'email', 'value', key)
                else jsonb_build_object('kind', 'external_id', 'value', key, 'channel_id', substring(scope from 9))
            end
            order by scope, key
        ) as identifiers
    from linked
    where is_new
    group by customer_id
), bumped as (
    update customer as c
    set version = c.version + 1, changed_at = $4
    from fresh as f
    where c.customer_id = f.customer_id
    returning c.customer_id, c.version
), announced as (
    insert into event (name, subject_id, subject_version, occurred_at, body)
    select
        'customer.identifier_linked.v1',
        b.customer_id,
        b.version,
        $4,
        jsonb_build_object('customer_id', b.customer_id, 'identifiers', f.identifiers)
    from bumped as b
    inner join fresh as f on b.customer_id = f.customer_id
)
select
    scope,
    key,
    customer_id
from linked
