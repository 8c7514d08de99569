-- Channels, locations, groups, methods and transit times as one document; they are few.
select
    v.version,
    v.stamp,
    (select coalesce(jsonb_agg(to_jsonb(c)), '[]') from channel as c) as channels,
    (select coalesce(jsonb_agg(to_jsonb(l)), '[]') from location as l) as locations,
    (
        select coalesce(jsonb_agg(to_jsonb(g) || jsonb_build_object('location_ids', (
            select coalesce(jsonb_agg(m.location_id order by l.priority, l.code), '[]')
            from location_group_member as m
            inner join location as l on m.location_id = l.location_id
            where m.location_group_id = g.location_group_id
        ))), '[]')
        from location_group as g
    ) as location_groups,
    (select coalesce(jsonb_agg(to_jsonb(d)), '[]') from delivery_method as d) as methods,
    (select coalesce(jsonb_agg(to_jsonb(t)), '[]') from transit_time as t) as transit
from catalogue_version as v
