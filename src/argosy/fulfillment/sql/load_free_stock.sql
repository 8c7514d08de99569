-- Where some SKUs are free beyond safety stock: one row a SKU.
select
    sku_id,
    array_agg(location_id) as location_ids,
    array_agg(on_hand - allocated - reserved - safety_stock) as free
from stock_balance
where
    sku_id = any($1::uuid [])
    and on_hand - allocated - reserved - safety_stock > 0
group by sku_id
