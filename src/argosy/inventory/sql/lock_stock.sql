-- Lock every balance and backlog of some SKUs, in one order for everybody; for the second try after a lost race.
with balances as (
    select 1
    from stock_balance
    where sku_id = any($1::uuid [])
    order by sku_id, location_id
    for no key update
)
select count(*) from balances
