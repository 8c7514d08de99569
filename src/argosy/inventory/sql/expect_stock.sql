-- Write down what is on its way to a location.
insert into incoming_stock (sku_id, incoming_id, location_id, quantity, expected_on, reference, made_at)
select
    *,
    $7
from unnest($1::uuid [], $2::uuid [], $3::uuid [], $4::int [], $5::date [], $6::text [])
