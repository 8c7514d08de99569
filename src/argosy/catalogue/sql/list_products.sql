-- Products by code, a page after one; or some of them by id.
select
    p.product_id,
    p.code,
    p.title,
    p.description,
    p.brand,
    p.attributes,
    (select count(*) from sku as s where s.product_id = p.product_id) as skus,
    p.version,
    p.created_at,
    p.changed_at
from product as p
where
    ($1::text is null or p.code > $1)
    and ($2::text is null or p.code = $2)
    and ($3::text is null or p.brand = $3)
    and ($4::uuid [] is null or p.product_id = any($4))
order by p.code
limit $5
