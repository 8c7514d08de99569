-- What stands already about the SKUs, products and barcodes that rows speak of.
select
    (
        select coalesce(jsonb_agg(to_jsonb(s) || jsonb_build_object(
            'components', (
                select coalesce(jsonb_agg(jsonb_build_array(k.component_sku_id, k.quantity) order by k.component_sku_id), '[]')
                from kit_component as k
                where k.kit_sku_id = s.sku_id
            ),
            'inside_kit', exists (select 1 from kit_component as k where k.component_sku_id = s.sku_id)
        )), '[]')
        from sku as s
        where s.code = any($1::text [])
    ) as skus,
    (
        select coalesce(jsonb_object_agg(p.code, p.product_id), '{}')
        from product as p
        where p.code = any($2::text [])
    ) as products,
    (
        select coalesce(jsonb_object_agg(b.barcode, s.code), '{}')
        from sku as s
        cross join lateral unnest(s.barcodes) as b (barcode)
        where s.barcodes && $3::text [] and b.barcode = any($3::text [])
    ) as barcodes
