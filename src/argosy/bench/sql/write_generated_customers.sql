-- Every generated order's customer, known by an external id.
with made as (
    insert into customer (customer_id, name, email, created_at, changed_at)
    select
        md5('customer' || c)::uuid,
        'Buyer ' || c,
        'buyer' || c || '@example.com',
        $2,
        $2
    from generate_series(1, greatest(1, $1::bigint / 2)) as s (c)
)
insert into customer_key (scope, key, customer_id, linked_at)
select
    'channel:' || $3::uuid::text,
    'buyer' || c,
    md5('customer' || c)::uuid,
    $2
from generate_series(1, greatest(1, $1::bigint / 2)) as s (c)
