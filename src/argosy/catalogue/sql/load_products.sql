-- Products by code.
select
    product_id,
    code,
    title,
    description,
    brand,
    attributes,
    version
from product
where code = any($1::text [])
