-- Lead e-mail addresses, which this transaction linked to nobody yet, to the customer who was made for their id meanwhile.
with strays as (
    select * from unnest($1::text [], $2::uuid [], $3::uuid []) as s (key, from_id, customer_id)
), moved as (
    update customer_key as k
    set customer_id = s.customer_id
    from strays as s
    where k.scope = 'email' and k.key = s.key and k.customer_id = s.from_id
    returning k.key, k.customer_id
), bumped as (
    update customer as c
    set
        version = c.version + 1,
        changed_at = $4,
        email = coalesce(c.email, m.key),
        email_verified = c.email_verified or lower(coalesce(c.email, m.key)) = m.key
    from moved as m
    where c.customer_id = m.customer_id
    returning c.customer_id, c.version
)
insert into event (name, subject_id, subject_version, occurred_at, body)
select
    'customer.identifier_linked.v1',
    b.customer_id,
    b.version,
    $4,
    jsonb_build_object(
        'customer_id', b.customer_id, 'identifiers', jsonb_build_array(jsonb_build_object('kind', 'email', 'value', m.key))
    )
from bumped as b
inner join moved as m on b.customer_id = m.customer_id
