-- The ids and versions of SKUs by code.
select
    code,
    sku_id,
    version
from sku
where code = any($1::text [])
