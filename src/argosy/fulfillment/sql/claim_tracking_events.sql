-- Events that were not applied yet and whose packages are known now: of some numbers, or of all.
select
    e.tracking_number,
    e.carrier,
    e.carrier_event_id,
    e.status,
    e.occurred_at,
    e.message,
    k.order_id,
    k.package_id,
    p.fulfillment_order_id
from tracking_event as e
inner join tracking_key as k on e.tracking_number = k.tracking_number and e.carrier = k.carrier
inner join package as p on k.order_id = p.order_id and k.package_id = p.package_id
where
    e.applied_at is null
    and e.tracking_number = any($1::text [])
order by e.tracking_number, e.carrier, e.carrier_event_id
for no key update of e skip locked
