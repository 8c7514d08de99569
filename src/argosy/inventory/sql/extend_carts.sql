-- Let carts keep what they hold until a later time; an expired one holds nothing any more.
with asked as materialized (
    select * from unnest($1::uuid [], $2::timestamptz []) as a (owner_id, expires_at)
), held as materialized (
    select
        r.sku_id,
        r.owner_id,
        r.line_no,
        r.location_id,
        a.expires_at
    from reservation as r
    inner join asked as a on r.owner_id = a.owner_id
    where r.owner_kind = 'cart' and r.expires_at > $3
    order by r.sku_id, r.owner_id, r.line_no, r.location_id
    for update of r
), extended as (
    update reservation as r
    set expires_at = h.expires_at
    from held as h
    where
        r.sku_id = h.sku_id
        and r.owner_id = h.owner_id
        and r.line_no = h.line_no
        and r.location_id = h.location_id
)
select distinct owner_id from held
