-- When the carrier first saw each package.
with seen as (
    select
        order_id,
        package_id,
        min(scanned_at) as scanned_at
    from unnest($1::uuid [], $2::uuid [], $3::timestamptz []) as s (order_id, package_id, scanned_at)
    group by order_id, package_id
), locked as (
    select
        p.order_id,
        p.package_id,
        s.scanned_at
    from package as p
    inner join seen as s on p.order_id = s.order_id and p.package_id = s.package_id
    order by p.order_id, p.package_id
    for no key update of p
)
update package as p
set scanned_at = least(p.scanned_at, l.scanned_at)
from locked as l
where p.order_id = l.order_id and p.package_id = l.package_id
