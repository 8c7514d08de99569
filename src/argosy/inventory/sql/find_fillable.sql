-- SKUs that orders wait for and that are free somewhere beyond their safety stock, one page.
select l.sku_id
from sku_backlog as l
where
    l.units > 0
    and ($1::uuid is null or l.sku_id > $1)
    and exists (
        select 1
        from stock_balance as b
        where b.sku_id = l.sku_id and b.on_hand - b.allocated - b.reserved > b.safety_stock
    )
order by l.sku_id
limit $2
