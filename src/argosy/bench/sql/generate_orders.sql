-- Draw orders by number and seed: who bought, when, how far each has come, and the ids of all that belongs to it.
create unlogged table generated_order as
with drawn as materialized (
    select
        n,
        $2::timestamptz - interval '400 days' + interval '399 days' * (n::double precision / $1) as placed_at,
        hashint8extended(n, $3) & 281474976710655 as h,
        case when n > $1 * 0.7 then hashint8extended(n, $3 + 1) & 15 else 15 end as fate
    from generate_series(1, $1::bigint) as s (n)
), named as materialized (
    select
        *,
        lpad(to_hex((extract(epoch from placed_at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n & 4095), 3, '0') || '8' as head,
        lpad(to_hex(h), 12, '0') as tail
    from drawn
)
select
    n,
    h,
    placed_at,
    case
        when fate < 3 then 'placed' when fate = 3 then 'held' when fate < 6 then 'allocated'
        when fate < 10 then 'shipped' else 'closed'
    end as stage,
    (head || '000' || tail)::uuid as order_id,
    (head || '001' || tail)::uuid as fulfillment_order_id,
    (head || '002' || tail)::uuid as shipment_id,
    (head || '003' || tail)::uuid as package_id,
    (head || '004' || tail)::uuid as invoice_id,
    (head || '005' || tail)::uuid as authorization_id,
    (head || '006' || tail)::uuid as capture_id,
    (1000000 + n)::text as order_number,
    1 + (h % greatest(1, $1 / 2)) as customer_no,
    ($4::uuid [])[1 + (h >> 12) % cardinality($4::uuid [])] as location_id,
    (placed_at at time zone 'UTC')::date as load_day,
    jsonb_build_object(
        'name', 'Buyer ' || (1 + (h % greatest(1, $1 / 2))), 'line1', (1 + h % 200) || ' High Street', 'city', 'London',
        'postal_code', 'N1 1AA', 'country', 'GB'
    ) as address
from named
