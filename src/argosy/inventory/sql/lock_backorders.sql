-- Lock the back-orders that the free stock of some SKUs could reach, in order of promise, and all others of the same orders.
with free as (
    select
        sku_id,
        sum(on_hand - allocated - reserved - safety_stock) as units
    from stock_balance
    where sku_id = any($1::uuid []) and on_hand - allocated - reserved > safety_stock
    group by sku_id
), queued as (
    select
        b.owner_id,
        f.units,
        sum(b.quantity) over (
            partition by b.sku_id, b.channel_id, b.kind, b.location_id
            order by b.promised_at nulls last, b.queued_at, b.owner_id, b.line_no
        ) - b.quantity as before
    from backorder as b
    inner join free as f on b.sku_id = f.sku_id
), reached as materialized (
    select distinct owner_id
    from queued
    where before < units
)
select
    b.sku_id,
    b.owner_id,
    b.line_no,
    b.quantity,
    b.kind,
    b.channel_id,
    b.promised_at,
    b.queued_at,
    b.per_unit,
    b.location_id
from backorder as b
inner join reached as r on b.owner_id = r.owner_id
order by b.sku_id, b.owner_id, b.line_no
for update of b
