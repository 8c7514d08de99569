-- Set what is known of customers, where it differs, and announce it; return the version of each that was asked for.
with asked as ( -- An address that was proven once stays so, also when it is named again without proof.
    select
        a.customer_id,
        a.changes
        || case
            when c.email_verified and lower(c.email) = lower(a.changes ->> 'email') then '{"email_verified": true}'::jsonb
            else '{}'
        end as changes
    from unnest($1::uuid [], $2::jsonb []) as a (customer_id, changes)
    inner join customer as c on a.customer_id = c.customer_id
), locked as (
    select
        c.*,
        a.changes,
        (
            select coalesce(jsonb_object_agg(e.name, e.value), '{}')
            from jsonb_each(a.changes) as e (name, value)
            where e.value is distinct from to_jsonb(c) -> e.name
        ) as differing
    from customer as c
    inner join asked as a on c.customer_id = a.customer_id
    order by c.customer_id
    for no key update of c
), changed as (
    update customer as c
    set
        name = case when l.changes ? 'name' then l.changes ->> 'name' else c.name end,
        email = case when l.changes ? 'email' then l.changes ->> 'email' else c.email end,
        email_verified = case
            when l.changes ? 'email_verified' then (l.changes ->> 'email_verified')::boolean else c.email_verified
        end,
        phone = case when l.changes ? 'phone' then l.changes ->> 'phone' else c.phone end,
        language = case when l.changes ? 'language' then l.changes ->> 'language' else c.language end,
        customer_group = case when l.changes ? 'customer_group' then l.changes ->> 'customer_group' else c.customer_group end,
        attributes = case when l.changes ? 'attributes' then l.changes -> 'attributes' else c.attributes end,
        version = c.version + 1,
        changed_at = $3
    from locked as l
    where c.customer_id = l.customer_id and l.differing <> '{}'
    returning c.customer_id, c.version, l.differing
), announced as (
    insert into event (name, subject_id, subject_version, occurred_at, body)
    select
        'customer.changed.v1',
        customer_id,
        version,
        $3,
        jsonb_build_object('customer_id', customer_id, 'changes', differing)
    from changed
)
select
    l.customer_id,
    coalesce(c.version, l.version) as version,
    l.differing as changes
from locked as l
left join changed as c on l.customer_id = c.customer_id
