-- Make or change location groups by code with exactly the members asked for, and move the catalogue's version.
with asked as (
    select *
    from jsonb_to_recordset($1::jsonb) as r (location_group_id uuid, code text, name text, location_ids uuid [])
), stored as (
    insert into location_group (location_group_id, code, name)
    select
        location_group_id,
        code,
        name
    from asked
    on conflict (code) do update set name = excluded.name, version = location_group.version + 1
    returning location_group_id, code, name, version
), members as (
    select
        a.location_group_id,
        m.location_id
    from asked as a
    cross join lateral unnest(a.location_ids) as m (location_id)
), dropped as (
    delete from location_group_member as m
    using stored as s
    where
        m.location_group_id = s.location_group_id
        and not exists (
            select 1 from members as k
            where k.location_group_id = m.location_group_id and k.location_id = m.location_id
        )
), kept as (
    insert into location_group_member (location_group_id, location_id)
    select
        m.location_group_id,
        m.location_id
    from members as m
    inner join stored as s on m.location_group_id = s.location_group_id
    on conflict (location_group_id, location_id) do nothing
), moved as (
    update catalogue_version set version = version + 1, stamp = gen_random_uuid()
    where exists (select 1 from stored)
), announced as (
    insert into event (name, subject_id, subject_version, occurred_at, body)
    select
        'location_group.changed.v1',
        s.location_group_id,
        s.version,
        $2::timestamptz,
        jsonb_build_object(
            'location_group_id', s.location_group_id, 'code', s.code, 'name', s.name,
            'location_ids', to_jsonb(a.location_ids), 'changed_by', $3::text
        )
    from stored as s
    inner join asked as a on s.code = a.code
)
select
    code,
    version
from stored
