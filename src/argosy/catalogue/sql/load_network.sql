-- Channels, locations, groups, methods and transit times as one document; they are few.
select
    (select version from catalogue_version) as version,
    (select coalesce(jsonb_agg(to_jsonb(c)), '[]') from channel as c) as channels,
    (select coalesce(jsonb_agg(to_jsonb(l)), '[]') from location as l) as locations,
    (
        select coalesce(jsonb_agg(jsonb_build_array(m.location_group_id, m.location_id) order by l.priority, l.code), '[]')
        from location_group_member as m
        inner join location as l on m.location_id = l.location_id
    ) as members,
    (select coalesce(jsonb_agg(to_jsonb(d)), '[]') from delivery_method as d) as methods,
    (select coalesce(jsonb_agg(to_jsonb(t)), '[]') from transit_time as t) as transit
