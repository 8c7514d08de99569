-- Packages reached the recipient; a shipment has when all of its packages have.
with arrived as materialized (
    select * from unnest($1::uuid [], $2::uuid []) as a (order_id, package_id)
), packages as (
    update package as p
    set delivered_at = $3
    from arrived as a
    where p.order_id = a.order_id and p.package_id = a.package_id and p.delivered_at is null
    returning p.order_id, p.package_id, p.shipment_id
)
update shipment as s
set state = 'delivered', delivered_at = $3
from (
    select distinct
        order_id,
        shipment_id
    from packages
) as d
where
    s.order_id = d.order_id
    and s.shipment_id = d.shipment_id
    and not exists (
        select 1
        from package as p
        where
            p.order_id = s.order_id
            and p.fulfillment_order_id = s.fulfillment_order_id
            and p.shipment_id = s.shipment_id
            and p.delivered_at is null
            and not exists (select 1 from packages as b where b.order_id = p.order_id and b.package_id = p.package_id)
    )
