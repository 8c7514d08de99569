-- Stop orders or single groups: a row for each hold, the counts on order and group, and the event.
with asked as (
    select * from unnest($1::uuid [], $2::uuid [], $3::text [], $4::text [], $5::jsonb [], $6::timestamptz [], $9::int [])
    as a (order_id, hold_id, kind, reason, facts, expires_at, group_no)
), locked as (
    select o.order_id
    from orders as o
    where o.order_id in (select order_id from asked) and o.lifecycle = 'placed'
    order by o.order_id
    for no key update
), held as (
    insert into order_hold (order_id, hold_id, kind, group_no, reason, facts, placed_by, placed_at, expires_at)
    select
        a.order_id,
        a.hold_id,
        a.kind,
        a.group_no,
        a.reason,
        a.facts,
        $7,
        $8,
        a.expires_at
    from asked as a
    inner join locked as l on a.order_id = l.order_id
    where
        a.group_no is null
        or exists (select 1 from delivery_group as g where g.order_id = a.order_id and g.group_no = a.group_no)
    returning order_id, hold_id, kind, reason, group_no
), grouped as (
    update delivery_group as g
    set active_holds = g.active_holds + c.holds
    from (
        select
            order_id,
            group_no,
            count(*)::int as holds
        from held
        where group_no is not null
        group by order_id, group_no
    ) as c
    where g.order_id = c.order_id and g.group_no = c.group_no
), bumped as (
    update orders as o
    set
        active_holds = o.active_holds + c.holds,
        group_holds = o.group_holds + c.group_holds,
        version = o.version + 1
    from (
        select
            order_id,
            count(*)::int as holds,
            count(group_no)::int as group_holds
        from held
        group by order_id
    ) as c
    where o.order_id = c.order_id
    returning o.order_id, o.version, o.channel_id
), announced as (
    insert into event (name, subject_id, subject_version, channel_id, occurred_at, body)
    select
        'order.hold_placed.v1',
        h.order_id,
        b.version,
        b.channel_id,
        $8,
        jsonb_build_object(
            'order_id', h.order_id, 'hold_id', h.hold_id, 'kind', h.kind, 'reason', h.reason, 'by', $7::text,
            'group_no', h.group_no
        )
    from held as h
    inner join bumped as b on h.order_id = b.order_id
)
select hold_id from held
