-- Take units out of the queue for stock: no more than a line still waits for.
with asked as materialized (
    select
        sku_id,
        owner_id,
        line_no,
        sum(quantity) as quantity
    from unnest($1::uuid [], $2::uuid [], $3::int [], $4::int []) as a (sku_id, owner_id, line_no, quantity)
    group by sku_id, owner_id, line_no
), locked as materialized (  -- Backlogs before back-orders, as whoever fills them takes them.
    select l.sku_id
    from sku_backlog as l
    where l.sku_id = any($1)
    order by l.sku_id
    for no key update
), held as materialized (
    select
        b.sku_id,
        b.owner_id,
        b.line_no,
        b.quantity,
        least(b.quantity, a.quantity)::int as freed
    from backorder as b
    inner join asked as a on b.sku_id = a.sku_id and b.owner_id = a.owner_id and b.line_no = a.line_no
    where (select count(*) from locked) > 0
    order by b.sku_id, b.owner_id, b.line_no
    for update of b
), moved as (
    update sku_backlog as l
    set units = l.units - k.freed, changed_at = $5
    from (
        select
            sku_id,
            sum(freed)::int as freed
        from held
        group by sku_id
    ) as k
    where l.sku_id = k.sku_id
), ended as (
    delete from backorder as b
    using held as h
    where
        b.sku_id = h.sku_id
        and b.owner_id = h.owner_id
        and b.line_no = h.line_no
        and h.freed = h.quantity
), lessened as (
    update backorder as b
    set quantity = b.quantity - h.freed
    from held as h
    where
        b.sku_id = h.sku_id
        and b.owner_id = h.owner_id
        and b.line_no = h.line_no
        and h.freed < h.quantity
)
select
    sku_id,
    owner_id,
    line_no,
    freed
from held
