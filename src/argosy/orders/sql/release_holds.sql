-- Release holds; groups that nothing holds any longer are due for routing at once.
with asked as (
    select * from unnest($1::uuid [], $2::uuid [], $5::text []) as a (order_id, hold_id, reason)
), locked as (
    select o.order_id
    from orders as o
    where o.order_id in (select order_id from asked)
    order by o.order_id
    for no key update
), released as (
    update order_hold as h
    set released_by = $3, released_at = $4, release_reason = a.reason
    from asked as a
    inner join locked as l on a.order_id = l.order_id
    where h.order_id = a.order_id and h.hold_id = a.hold_id and h.released_at is null
    returning h.order_id, h.hold_id, h.kind, h.release_reason, h.group_no
), bumped as (
    update orders as o
    set
        active_holds = o.active_holds - c.holds,
        group_holds = o.group_holds - c.group_holds,
        version = o.version + 1
    from (
        select
            order_id,
            count(*)::int as holds,
            count(group_no)::int as group_holds
        from released
        group by order_id
    ) as c
    where o.order_id = c.order_id
    returning o.order_id, o.version, o.channel_id, o.active_holds, o.group_holds
), freed as (
    select
        g.order_id,
        g.group_no,
        (
            select count(*)
            from released as r
            where r.order_id = g.order_id and r.group_no = g.group_no
        )::int as holds,
        b.active_holds = b.group_holds as order_is_free
    from bumped as b
    inner join delivery_group as g on b.order_id = g.order_id
), due as (
    update delivery_group as g
    set
        active_holds = g.active_holds - f.holds,
        route_after = case
            when f.order_is_free and g.active_holds = f.holds and g.routing_state = 'to_route'
                then least(g.route_after, $4)
            else g.route_after
        end
    from freed as f
    where g.order_id = f.order_id and g.group_no = f.group_no and (f.holds > 0 or f.order_is_free)
), announced as (
    insert into event (name, subject_id, subject_version, channel_id, occurred_at, body)
    select
        'order.hold_released.v1',
        r.order_id,
        b.version,
        b.channel_id,
        $4,
        jsonb_build_object(
            'order_id', r.order_id, 'hold_id', r.hold_id, 'kind', r.kind, 'reason', r.release_reason, 'by', $3::text,
            'active_holds', b.active_holds, 'group_no', r.group_no
        )
    from released as r
    inner join bumped as b on r.order_id = b.order_id
)
select hold_id from released
