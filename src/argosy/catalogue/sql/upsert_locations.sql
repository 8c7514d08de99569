-- Make or change locations by code, announce each, and move the catalogue's version.
with asked as (
    select *
    from jsonb_to_recordset($1::jsonb) as r (
        location_id uuid, code text, name text, kind text, address jsonb, country text, latitude double precision,
        longitude double precision, time_zone text, opening_hours jsonb, cutoff_local time, processing_hours int,
        daily_capacity int, can_ship boolean, can_pickup boolean, can_return boolean, priority int, order_cost_minor int,
        active boolean
    )
), stored as (
    insert into location (
        location_id, code, name, kind, address, country, latitude, longitude, time_zone, opening_hours, cutoff_local,
        processing_hours, daily_capacity, can_ship, can_pickup, can_return, priority, order_cost_minor, active, created_at,
        changed_at
    )
    select
        location_id,
        code,
        name,
        kind,
        address,
        country,
        latitude,
        longitude,
        time_zone,
        opening_hours,
        cutoff_local,
        processing_hours,
        daily_capacity,
        can_ship,
        can_pickup,
        can_return,
        priority,
        order_cost_minor,
        active,
        $2,
        $2
    from asked
    on conflict (code) do update set
        name = excluded.name,
        kind = excluded.kind,
        address = excluded.address,
        country = excluded.country,
        latitude = excluded.latitude,
        longitude = excluded.longitude,
        time_zone = excluded.time_zone,
        opening_hours = excluded.opening_hours,
        cutoff_local = excluded.cutoff_local,
        processing_hours = excluded.processing_hours,
        daily_capacity = excluded.daily_capacity,
        can_ship = excluded.can_ship,
        can_pickup = excluded.can_pickup,
        can_return = excluded.can_return,
        priority = excluded.priority,
        order_cost_minor = excluded.order_cost_minor,
        active = excluded.active,
        version = location.version + 1,
        changed_at = excluded.changed_at
    returning location_id, code, name, kind, active, version
), moved as (
    update catalogue_version set version = version + 1, stamp = gen_random_uuid()
    where exists (select 1 from stored)
), announced as (
    insert into event (name, subject_id, subject_version, occurred_at, body)
    select
        'location.changed.v1',
        location_id,
        version,
        $2,
        jsonb_build_object(
            'location_id', location_id, 'code', code, 'name', name, 'kind', kind, 'active', active, 'changed_by', $3::text
        )
    from stored
)
select
    code,
    version
from stored
