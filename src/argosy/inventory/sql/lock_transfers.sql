-- Lock some transfers in one order and return their lines.
with locked as materialized (
    select
        transfer_id,
        from_location_id,
        to_location_id,
        state,
        expected_on,
        version
    from stock_transfer
    where transfer_id = any($1::uuid [])
    order by transfer_id
    for no key update
)
select
    t.*,
    l.sku_id,
    l.quantity,
    l.shipped,
    l.received,
    l.lost
from locked as t
inner join stock_transfer_line as l on t.transfer_id = l.transfer_id
order by t.transfer_id, l.sku_id
