-- Make or change SKUs by code with the parts of kits, announce each, and move the catalogue's version.
with asked as (
    select *
    from jsonb_to_recordset($1::jsonb) as r (
        sku_id uuid, code text, product_id uuid, title text, barcodes text [], kind text, is_kit boolean, tax_class text,
        weight_grams int, length_mm int, width_mm int, height_mm int, returnable boolean, backorder_cap int,
        backorder_lead_days int, preorder_until date, active boolean, attributes jsonb, components jsonb
    )
), stored as (
    insert into sku (
        sku_id, code, product_id, title, barcodes, kind, is_kit, tax_class, weight_grams, length_mm, width_mm, height_mm,
        returnable, backorder_cap, backorder_lead_days, preorder_until, active, attributes, created_at, changed_at
    )
    select
        sku_id,
        code,
        product_id,
        title,
        barcodes,
        kind,
        is_kit,
        tax_class,
        weight_grams,
        length_mm,
        width_mm,
        height_mm,
        returnable,
        backorder_cap,
        backorder_lead_days,
        preorder_until,
        active,
        attributes,
        $2,
        $2
    from asked
    on conflict (code) do update set
        product_id = excluded.product_id,
        title = excluded.title,
        barcodes = excluded.barcodes,
        kind = excluded.kind,
        tax_class = excluded.tax_class,
        weight_grams = excluded.weight_grams,
        length_mm = excluded.length_mm,
        width_mm = excluded.width_mm,
        height_mm = excluded.height_mm,
        returnable = excluded.returnable,
        backorder_cap = excluded.backorder_cap,
        backorder_lead_days = excluded.backorder_lead_days,
        preorder_until = excluded.preorder_until,
        active = excluded.active,
        attributes = excluded.attributes,
        version = sku.version + 1,
        changed_at = excluded.changed_at
    returning sku_id, code, title, kind, is_kit, active, backorder_cap, backorder_lead_days, preorder_until, version
), parts as (
    select
        a.sku_id as kit_sku_id,
        (p.part ->> 0)::uuid as component_sku_id,
        (p.part ->> 1)::int as quantity
    from asked as a
    cross join lateral jsonb_array_elements(a.components) as p (part)
), dropped as (
    delete from kit_component as k
    using stored as s
    where
        k.kit_sku_id = s.sku_id
        and not exists (
            select 1 from parts as p
            where p.kit_sku_id = k.kit_sku_id and p.component_sku_id = k.component_sku_id
        )
), kept as (
    insert into kit_component (kit_sku_id, component_sku_id, quantity)
    select
        p.kit_sku_id,
        p.component_sku_id,
        p.quantity
    from parts as p
    inner join stored as s on p.kit_sku_id = s.sku_id
    on conflict (kit_sku_id, component_sku_id) do update set quantity = excluded.quantity
), moved as (
    update catalogue_version set version = version + 1, stamp = gen_random_uuid()
    where exists (select 1 from stored)
), announced as (
    insert into event (name, subject_id, subject_version, occurred_at, body)
    select
        'sku.changed.v1',
        sku_id,
        version,
        $2,
        jsonb_build_object(
            'sku_id', sku_id, 'code', code, 'title', title, 'kind', kind, 'is_kit', is_kit, 'active', active,
            'backorder_cap', backorder_cap, 'backorder_lead_days', backorder_lead_days, 'preorder_until', preorder_until,
            'previous_code', null, 'changed_by', $3::text
        )
    from stored
)
select
    code,
    version
from stored
