-- What is or was on its way, one page in order of the key; open only, unless all is asked for.
select
    i.incoming_id,
    i.sku_id,
    k.code as sku,
    i.location_id,
    i.quantity,
    i.received,
    i.expected_on,
    i.reference,
    i.source_kind,
    i.source_id,
    i.closed_at,
    i.made_at,
    i.version
from incoming_stock as i
inner join sku as k on i.sku_id = k.sku_id
where
    ($1::uuid [] is null or i.sku_id = any($1))
    and ($2::uuid [] is null or i.location_id = any($2))
    and ($3 or i.closed_at is null)
    and ($4::uuid is null or i.incoming_id > $4)
order by i.incoming_id
limit $5
