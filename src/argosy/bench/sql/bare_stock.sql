-- The baseline of capture: reserve units of some SKUs at one location; rows are locked in one order, so that two batches never deadlock.
with wanted as (
    select sku_id, sum(quantity)::int as quantity from unnest($1::uuid[], $2::int[]) as w (sku_id, quantity) group by sku_id
), locked as (
    select b.sku_id, w.quantity from stock_balance as b inner join wanted as w on b.sku_id = w.sku_id
     where b.location_id = $3 order by b.sku_id for no key update of b
)
update stock_balance b set reserved = b.reserved + l.quantity, version = b.version + 1, changed_at = $4
  from locked as l where b.sku_id = l.sku_id and b.location_id = $3
