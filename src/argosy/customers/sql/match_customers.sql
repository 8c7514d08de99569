-- Find the customers that identifiers name, make those that are missing, link what is new; one row for each asked position.
with asked as (
    select * from unnest($1::int [], $2::text [], $3::text [], $4::text [], $5::uuid [], $6::text [], $7::text [])
    as a (position, scope, key, email, fresh_id, name, phone)
), known as (
    select
        a.*,
        k.customer_id as by_key,
        m.customer_id as by_email,
        coalesce(k.customer_id, m.customer_id) as known_id
    from asked as a
    left join customer_key as k on a.scope = k.scope and a.key = k.key
    left join customer_key as m on m.scope = 'email' and a.email = m.key
), wanted as materialized ( -- One person has one fresh id, whom somebody else of the batch may know already.
    select
        *,
        coalesce(
            known_id,
            first_value(known_id) over (partition by fresh_id order by known_id is null, position),
            fresh_id
        ) as wanted_id
    from known
), emails as ( -- An update that changes nothing returns the row of whoever was faster, which no snapshot shows yet.
    insert into customer_key (scope, key, customer_id, linked_at)
    select distinct on (email)
        'email',
        email,
        wanted_id,
        $8
    from wanted
    where email is not null and by_email is null
    order by email, position
    on conflict (scope, key) do update
    set key = excluded.key
    returning scope, key, customer_id, xmax = 0 as is_new
), found as materialized (
    select
        w.*,
        e.customer_id as email_id,
        coalesce(
            w.known_id,
            e.customer_id,
            first_value(e.customer_id) over (partition by w.fresh_id order by e.customer_id is null, w.position),
            w.wanted_id
        ) as found_id
    from wanted as w
    left join emails as e on w.email = e.key
), keys as (
    insert into customer_key (scope, key, customer_id, linked_at)
    select distinct on (scope, key)
        scope,
        key,
        found_id,
        $8
    from found
    where scope is not null and by_key is null
    order by scope, key, position
    on conflict (scope, key) do update
    set key = excluded.key
    returning scope, key, customer_id, xmax = 0 as is_new
), settled as materialized (
    select
        f.*,
        coalesce(f.by_key, k.customer_id, f.found_id) as customer_id
    from found as f
    left join keys as k on f.scope = k.scope and f.key = k.key
), linked as (
    select
        customer_id,
        jsonb_agg(
            case scope
                when 'email' then jsonb_build_object('kind', 'email', 'value', key)
                else jsonb_build_object('kind', 'external_id', 'value', key, 'channel_id', substring(scope from 9))
            end
            order by scope, key
        ) as identifiers,
        min(key) filter (where scope = 'email') as email
    from (select * from emails union all select * from keys) as links
    where is_new
    group by customer_id
), made as (
    insert into customer (customer_id, name, email, email_verified, phone, created_at, changed_at)
    select distinct on (s.customer_id)
        s.customer_id,
        s.name,
        l.email,
        l.email is not null,
        s.phone,
        $8::timestamptz,
        $8::timestamptz
    from settled as s
    inner join linked as l on s.customer_id = l.customer_id
    where s.customer_id = s.fresh_id
    order by s.customer_id, s.position
    returning customer_id, name, version
), bumped as (
    update customer as c
    set
        version = c.version + 1,
        changed_at = $8,
        email = coalesce(c.email, l.email),
        email_verified = c.email_verified or (l.email is not null and lower(coalesce(c.email, l.email)) = l.email)
    from linked as l
    where c.customer_id = l.customer_id
    returning c.customer_id, c.version
), announced as (
    insert into event (name, subject_id, subject_version, occurred_at, body)
    select
        'customer.created.v1',
        m.customer_id,
        m.version,
        $8,
        jsonb_build_object('customer_id', m.customer_id, 'name', m.name, 'identifiers', l.identifiers)
    from made as m
    inner join linked as l on m.customer_id = l.customer_id
    union all
    select
        'customer.identifier_linked.v1',
        b.customer_id,
        b.version,
        $8,
        jsonb_build_object('customer_id', b.customer_id, 'identifiers', l.identifiers)
    from bumped as b
    inner join linked as l on b.customer_id = l.customer_id
)
select
    position,
    customer_id,
    customer_id = fresh_id and known_id is null as created,
    case when email_id = fresh_id and customer_id <> fresh_id then email end as stray_email,
    fresh_id
from settled
