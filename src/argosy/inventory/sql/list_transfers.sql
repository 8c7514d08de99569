-- Transfers with their lines, newest first, one page; by id, by state or by either of their locations.
with page as materialized (
    select *
    from stock_transfer
    where
        ($1::uuid [] is null or transfer_id = any($1))
        and ($2::text is null or state = $2)
        and ($3::uuid [] is null or from_location_id = any($3) or to_location_id = any($3))
        and ($4::uuid is null or transfer_id < $4)
    order by transfer_id desc
    limit $5
)
select
    p.*,
    l.lines
from page as p
cross join lateral (
    select
        jsonb_agg(
            jsonb_build_object(
                'sku_id', t.sku_id, 'sku', k.code, 'quantity', t.quantity, 'shipped', t.shipped,
                'received', t.received, 'lost', t.lost, 'in_transit', t.shipped - t.received - t.lost
            )
            order by k.code
        ) as lines
    from stock_transfer_line as t
    inner join sku as k on t.sku_id = k.sku_id
    where t.transfer_id = p.transfer_id
) as l
order by p.transfer_id desc
