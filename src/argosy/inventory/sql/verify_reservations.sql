-- The reserved part of each balance is the sum of its reservations.
select
    'reserved stock is the sum of reservations' as rule,
    coalesce(b.sku_id, r.sku_id)::text || ' at ' || coalesce(b.location_id, r.location_id)::text as subject,
    coalesce(r.quantity, 0)::text as expected,
    coalesce(b.reserved, 0)::text as found
from (
    select
        sku_id,
        location_id,
        reserved
    from stock_balance
    where reserved <> 0
) as b
full join (
    select
        sku_id,
        location_id,
        sum(quantity) as quantity
    from reservation
    group by sku_id, location_id
) as r on b.sku_id = r.sku_id and b.location_id = r.location_id
where coalesce(b.reserved, 0) <> coalesce(r.quantity, 0)
