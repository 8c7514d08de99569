-- The allocated part of each balance is the sum of its allocations.
select
    'allocated stock is the sum of allocations' as rule,
    coalesce(b.sku_id, a.sku_id)::text || ' at ' || coalesce(b.location_id, a.location_id)::text as subject,
    coalesce(a.quantity, 0)::text as expected,
    coalesce(b.allocated, 0)::text as found
from (
    select
        sku_id,
        location_id,
        allocated
    from stock_balance
    where allocated <> 0
) as b
full join (
    select
        sku_id,
        location_id,
        sum(quantity) as quantity
    from allocation
    group by sku_id, location_id
) as a on b.sku_id = a.sku_id and b.location_id = a.location_id
where coalesce(b.allocated, 0) <> coalesce(a.quantity, 0)
