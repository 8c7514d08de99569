-- Give reserved units back to what is free: no more than a line still holds, and once for each cause; availability is never asked.
with asked as materialized (
    select
        sku_id,
        owner_id,
        line_no,
        cause_id,
        sum(quantity) as quantity
    from unnest($1::uuid [], $2::uuid [], $3::int [], $4::int [], $5::uuid [])
    as a (sku_id, owner_id, line_no, quantity, cause_id)
    group by sku_id, owner_id, line_no, cause_id
), lines as materialized (
    select distinct
        sku_id,
        owner_id,
        line_no
    from asked
), locked as materialized (  -- Balances before reservations, and in one order for everybody.
    select b.sku_id
    from stock_balance as b
    inner join (
        select distinct
            r.sku_id,
            r.location_id
        from reservation as r
        inner join lines as a on r.sku_id = a.sku_id and r.owner_id = a.owner_id and r.line_no = a.line_no
    ) as p on b.sku_id = p.sku_id and b.location_id = p.location_id
    order by b.sku_id, b.location_id
    for no key update of b
), held as materialized (  -- Locked before they are believed: a second release finds what the first left.
    select
        r.sku_id,
        r.owner_id,
        r.line_no,
        r.location_id,
        r.quantity
    from reservation as r
    inner join lines as a on r.sku_id = a.sku_id and r.owner_id = a.owner_id and r.line_no = a.line_no
    where (select count(*) from locked) > 0
    order by r.sku_id, r.owner_id, r.line_no, r.location_id
    for update of r
), runs as (
    select
        h.*,
        sum(h.quantity) over (
            partition by h.sku_id, h.owner_id, h.line_no
            order by h.location_id
        ) - h.quantity as before
    from held as h
), fresh as materialized (  -- The movement of a cause has a name of its own; where it exists, the cause was served.
    select
        a.*,
        sum(a.quantity) over (
            partition by a.sku_id, a.owner_id, a.line_no
            order by a.cause_id
        ) - a.quantity as before
    from asked as a
    where
        not exists (
            select 1
            from stock_movement as m
            where
                m.sku_id = a.sku_id
                and m.movement_id = md5(a.cause_id::text || a.owner_id::text || a.line_no::text || ':1')::uuid
        )
), parts as materialized (  -- Where the stretch that a cause asks for and the stretch that a place holds overlap.
    select
        r.sku_id,
        r.owner_id,
        r.line_no,
        r.location_id,
        f.cause_id,
        (least(r.before + r.quantity, f.before + f.quantity) - greatest(r.before, f.before))::int as freed,
        row_number() over (
            partition by f.sku_id, f.owner_id, f.line_no, f.cause_id
            order by r.location_id
        ) as part_no
    from runs as r
    inner join fresh as f on r.sku_id = f.sku_id and r.owner_id = f.owner_id and r.line_no = f.line_no
    where least(r.before + r.quantity, f.before + f.quantity) > greatest(r.before, f.before)
), moved as (
    update stock_balance as b
    set reserved = b.reserved - p.freed, version = b.version + 1, changed_at = $8
    from (
        select
            sku_id,
            location_id,
            sum(freed)::int as freed
        from parts
        group by sku_id, location_id
    ) as p
    where b.sku_id = p.sku_id and b.location_id = p.location_id
), recorded as (
    insert into stock_movement (
        sku_id, movement_id, location_id, kind, reserved_delta, cause_kind, cause_id, made_by, made_at
    )
    select
        sku_id,
        md5(cause_id::text || owner_id::text || line_no::text || ':' || part_no::text)::uuid,
        location_id,
        'released',
        -freed,
        $6,
        cause_id,
        $7,
        $8
    from parts
), freed as materialized (  -- What is left is reckoned from the locked rows, not from those of the snapshot.
    select
        h.sku_id,
        h.owner_id,
        h.line_no,
        h.location_id,
        h.quantity - sum(p.freed)::int as left_over
    from held as h
    inner join parts as p
        on
            h.sku_id = p.sku_id
            and h.owner_id = p.owner_id
            and h.line_no = p.line_no
            and h.location_id = p.location_id
    group by h.sku_id, h.owner_id, h.line_no, h.location_id, h.quantity
), ended as (
    delete from reservation as r
    using freed as f
    where
        r.sku_id = f.sku_id
        and r.owner_id = f.owner_id
        and r.line_no = f.line_no
        and r.location_id = f.location_id
        and f.left_over = 0
), lessened as (
    update reservation as r
    set quantity = f.left_over
    from freed as f
    where
        r.sku_id = f.sku_id
        and r.owner_id = f.owner_id
        and r.line_no = f.line_no
        and r.location_id = f.location_id
        and f.left_over > 0
)
select
    sku_id,
    owner_id,
    line_no,
    cause_id,
    sum(freed)::int as freed
from parts
group by sku_id, owner_id, line_no, cause_id
