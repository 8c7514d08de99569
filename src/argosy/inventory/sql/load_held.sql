-- What some lines of owners hold of a SKU: units reserved and units waited for.
with wanted as (
    select distinct
        sku_id,
        owner_id,
        line_no
    from unnest($1::uuid [], $2::uuid [], $3::int []) as w (sku_id, owner_id, line_no)
)
select
    w.sku_id,
    w.owner_id,
    w.line_no,
    coalesce((
        select sum(r.quantity)
        from reservation as r
        where r.sku_id = w.sku_id and r.owner_id = w.owner_id and r.line_no = w.line_no
    ), 0)::int as reserved,
    coalesce(b.quantity, 0) as waiting,
    coalesce(b.per_unit, 1) as per_unit
from wanted as w
left join backorder as b on w.sku_id = b.sku_id and w.owner_id = b.owner_id and w.line_no = b.line_no
