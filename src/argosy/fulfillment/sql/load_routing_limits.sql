-- What limits routing: locations excluded for the orders, loads of the days at hand, and the settings.
select
    (select value from setting where name = 'routing') as settings,
    (
        select jsonb_agg(jsonb_build_array(e.order_id, e.group_no, e.location_id))
        from location_exclusion as e
        where e.order_id = any($1::uuid [])
    ) as exclusions,
    (
        select jsonb_agg(jsonb_build_array(l.location_id, l.day, l.assigned))
        from location_load as l
        where l.day = any($2::date [])
    ) as loads
