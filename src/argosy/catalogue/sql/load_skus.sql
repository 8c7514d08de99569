-- SKUs by code or by id, with the parts of kits.
select
    s.sku_id,
    s.code,
    s.title,
    s.kind,
    s.is_kit,
    s.tax_class,
    s.weight_grams,
    s.returnable,
    s.backorder_cap,
    s.backorder_lead_days,
    s.preorder_until,
    s.active,
    case
        when s.is_kit
            then (
                select jsonb_agg(jsonb_build_array(k.component_sku_id, k.quantity) order by k.component_sku_id)
                from kit_component as k
                where k.kit_sku_id = s.sku_id
            )
    end as components
from sku as s
where s.code = any($1::text []) or s.sku_id = any($2::uuid [])
