-- Lock every balance, then every backlog of some SKUs, in one order for everybody; for the second try after a lost race.
with balances as (
    select 1
    from stock_balance
    where sku_id = any($1::uuid [])
    order by sku_id, location_id
    for no key update
), backlogs as (
    select 1
    from sku_backlog
    where sku_id = any($1::uuid [])
    order by sku_id
    for no key update
)
select
    (select count(*) from balances) as balances,
    (select count(*) from backlogs) as backlogs
