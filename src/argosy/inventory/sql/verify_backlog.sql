-- The backlog of each SKU is the sum of the back-orders that wait for it.
select
    'backlog is the sum of back-orders' as rule,
    coalesce(l.sku_id, b.sku_id)::text as subject,
    coalesce(b.quantity, 0)::text as expected,
    coalesce(l.units, 0)::text as found
from sku_backlog as l
full join (
    select
        sku_id,
        sum(quantity) as quantity
    from backorder
    group by sku_id
) as b on l.sku_id = b.sku_id
where coalesce(l.units, 0) <> coalesce(b.quantity, 0)
