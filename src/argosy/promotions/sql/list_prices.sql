-- The prices of one list by SKU and quantity, a page after one.
select
    s.code as sku,
    p.min_quantity,
    p.unit_price::text as unit_price,
    p.sku_id
from price as p
inner join sku as s on p.sku_id = s.sku_id
where
    p.price_list_id = $1
    and ($2::uuid is null or (p.sku_id, p.min_quantity) > ($2, $3::int))
    and ($4::text is null or s.code = $4)
order by p.sku_id, p.min_quantity
limit $5
