-- Make or change delivery methods by code, and move the catalogue's version.
with stored as (
    insert into delivery_method (code, name, kind, carrier, active)
    select
        code,
        name,
        kind,
        carrier,
        active
    from jsonb_to_recordset($1::jsonb) as r (code text, name text, kind text, carrier text, active boolean)
    on conflict (code) do update set
        name = excluded.name,
        kind = excluded.kind,
        carrier = excluded.carrier,
        active = excluded.active,
        version = delivery_method.version + 1
    returning code, version
), moved as (
    update catalogue_version set version = version + 1, stamp = gen_random_uuid()
    where exists (select 1 from stored)
)
select
    code,
    version
from stored
