-- Take shipments back: their packages are packed again and forget their tracking numbers.
with voided as (
    update shipment as s
    set state = 'voided', voided_at = $3
    from unnest($1::uuid [], $2::uuid []) as v (order_id, shipment_id)
    where s.order_id = v.order_id and s.shipment_id = v.shipment_id
    returning s.order_id, s.shipment_id
), packages as (
    update package as p
    set shipment_id = null, carrier = null, tracking_number = null
    from voided as v
    where p.order_id = v.order_id and p.shipment_id = v.shipment_id
    returning p.order_id, p.package_id
)
delete from tracking_key as k
using package as p, packages as b
where
    b.order_id = p.order_id
    and b.package_id = p.package_id
    and k.tracking_number = p.tracking_number
    and k.carrier = p.carrier
    and k.package_id = p.package_id
