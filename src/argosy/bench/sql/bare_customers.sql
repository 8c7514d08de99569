-- The baseline of capture: new customers, known by an external id, each announced.
with made as (
    insert into customer (customer_id, name, email, created_at, changed_at)
    select customer_id, name, email, $1, $1 from unnest($2::uuid[], $3::text[], $4::text[]) as c (customer_id, name, email)
), announced as (
    insert into event (name, subject_id, subject_version, occurred_at, body)
    select 'customer.created.v1', customer_id, 1, $1, jsonb_build_object('customer_id', customer_id, 'name', name,
           'identifiers', jsonb_build_array(jsonb_build_object('kind', 'external_id', 'value', key, 'channel_id', $6::text)))
      from unnest($2::uuid[], $3::text[], $5::text[]) as c (customer_id, name, key)
)
insert into customer_key (scope, key, customer_id, linked_at)
select 'channel:' || $6::text, key, customer_id, $1 from unnest($2::uuid[], $5::text[]) as c (customer_id, key)
