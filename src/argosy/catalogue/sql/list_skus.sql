-- SKUs by code with the parts of kits, a page after one; or some of them by id.
select
    s.sku_id,
    s.code,
    s.title,
    p.code as product,
    s.barcodes,
    s.kind,
    s.is_kit,
    (
        select coalesce(jsonb_agg(jsonb_build_object(
            'sku_id', c.sku_id, 'sku', c.code, 'quantity', k.quantity
        ) order by c.code), '[]')
        from kit_component as k
        inner join sku as c on k.component_sku_id = c.sku_id
        where k.kit_sku_id = s.sku_id
    ) as components,
    s.tax_class,
    s.weight_grams,
    s.length_mm,
    s.width_mm,
    s.height_mm,
    s.returnable,
    s.backorder_cap,
    s.backorder_lead_days,
    s.preorder_until,
    s.active,
    s.attributes,
    s.version,
    s.created_at,
    s.changed_at
from sku as s
left join product as p on s.product_id = p.product_id
where
    ($1::text is null or s.code > $1)
    and ($2::text is null or s.code = $2)
    and ($3::text is null or s.barcodes @> array[$3])
    and ($4::text is null or p.code = $4)
    and ($5::boolean is null or s.is_kit = $5)
    and ($6::boolean is null or s.active = $6)
    and ($7::uuid [] is null or s.sku_id = any($7))
order by s.code
limit $8
