-- SKUs that orders wait for, among some places that get stock; if there are any, lock the places and all stock of those SKUs, in one order.
with places as materialized (
    select * from unnest($1::uuid [], $2::uuid []) as p (sku_id, location_id)
), waiting as materialized (
    select l.sku_id
    from sku_backlog as l
    where l.units > 0 and l.sku_id = any($1)
), wanted as materialized (
    select
        b.sku_id,
        b.location_id
    from stock_balance as b
    inner join waiting as w on b.sku_id = w.sku_id
    union
    select
        sku_id,
        location_id
    from places
    where exists (select 1 from waiting)
), balances as materialized (  -- In one order for everybody, so that two batches never deadlock.
    select b.sku_id
    from stock_balance as b
    inner join wanted as w on b.sku_id = w.sku_id and b.location_id = w.location_id
    order by b.sku_id, b.location_id
    for no key update of b
), backlogs as materialized (  -- After all balances, as whoever promises beyond stock takes them.
    select l.sku_id
    from sku_backlog as l
    where
        l.sku_id in (select sku_id from waiting)
        and (select count(*) from balances) >= 0
    order by l.sku_id
    for no key update
)
select sku_id from backlogs
