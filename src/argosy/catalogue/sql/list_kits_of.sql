-- The kits that some SKUs are part of.
select
    k.component_sku_id as sku_id,
    s.sku_id as kit_sku_id,
    s.code,
    s.active,
    k.quantity
from kit_component as k
inner join sku as s on k.kit_sku_id = s.sku_id
where k.component_sku_id = any($1::uuid [])
order by s.code
