-- What a cart holds.
select
    r.line_no,
    r.sku_id,
    k.code as sku,
    r.location_id,
    r.quantity,
    r.channel_id,
    r.expires_at,
    r.made_at
from reservation as r
inner join sku as k on r.sku_id = k.sku_id
where r.owner_id = $1 and r.owner_kind = 'cart'
order by r.line_no, k.code, r.location_id
