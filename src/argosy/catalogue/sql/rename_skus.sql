-- Give SKUs other codes, announce each, and move the catalogue's version; stock knows SKUs by their ids.
with asked as (
    select * from unnest($1::uuid [], $2::text []) as a (sku_id, new_code)
), before as (
    select
        s.sku_id,
        s.code
    from sku as s
    inner join asked as a on s.sku_id = a.sku_id
), renamed as (
    update sku as s set code = a.new_code, version = s.version + 1, changed_at = $3
    from asked as a
    where s.sku_id = a.sku_id
    returning
        s.sku_id, s.code, s.title, s.kind, s.is_kit, s.active, s.backorder_cap, s.backorder_lead_days, s.preorder_until, s.version
), moved as (
    update catalogue_version set version = version + 1, stamp = gen_random_uuid()
    where exists (select 1 from renamed)
), announced as (
    insert into event (name, subject_id, subject_version, occurred_at, body)
    select
        'sku.changed.v1',
        r.sku_id,
        r.version,
        $3,
        jsonb_build_object(
            'sku_id', r.sku_id, 'code', r.code, 'title', r.title, 'kind', r.kind, 'is_kit', r.is_kit, 'active', r.active,
            'backorder_cap', r.backorder_cap, 'backorder_lead_days', r.backorder_lead_days, 'preorder_until', r.preorder_until,
            'previous_code', b.code, 'changed_by', $4::text
        )
    from renamed as r
    inner join before as b on r.sku_id = b.sku_id
)
select
    code,
    version
from renamed
