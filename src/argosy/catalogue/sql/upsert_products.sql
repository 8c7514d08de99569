-- Make or change products by code, announce each, and move the catalogue's version.
with asked as (
    select *
    from jsonb_to_recordset($1::jsonb) as r (
        product_id uuid, code text, title text, description text, brand text, attributes jsonb
    )
), stored as (
    insert into product (product_id, code, title, description, brand, attributes, created_at, changed_at)
    select
        product_id,
        code,
        title,
        description,
        brand,
        attributes,
        $2,
        $2
    from asked
    on conflict (code) do update set
        title = excluded.title,
        description = excluded.description,
        brand = excluded.brand,
        attributes = excluded.attributes,
        version = product.version + 1,
        changed_at = excluded.changed_at
    returning product_id, code, title, version
), moved as (
    update catalogue_version set version = version + 1, stamp = gen_random_uuid()
    where exists (select 1 from stored)
), announced as (
    insert into event (name, subject_id, subject_version, occurred_at, body)
    select
        'product.changed.v1',
        product_id,
        version,
        $2,
        jsonb_build_object('product_id', product_id, 'code', code, 'title', title, 'changed_by', $3::text)
    from stored
)
select
    code,
    version
from stored
