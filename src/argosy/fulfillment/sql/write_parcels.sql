-- Write shipments and packages: new ones with their lines, and those that were packed before and leave now.
with shipments as (
    insert into shipment (
        order_id, shipment_id, fulfillment_order_id, carrier, service, tracking_number, amount_minor, currency,
        state, shipped_at, shipped_by, delivered_at
    )
    select
        s.order_id,
        s.shipment_id,
        s.fulfillment_order_id,
        s.carrier,
        s.service,
        s.tracking_number,
        s.amount_minor,
        s.currency,
        case when s.delivered then 'delivered' else 'shipped' end,
        $31::timestamptz,
        $32,
        case when s.delivered then $31::timestamptz end
    from unnest(
        $1::uuid [], $2::uuid [], $3::uuid [], $4::text [], $5::text [], $6::text [], $7::bigint [], $8::text [], $9::boolean []
    ) as s (
        order_id, shipment_id, fulfillment_order_id, carrier, service, tracking_number, amount_minor, currency, delivered
    )
), fresh as materialized (
    select * from unnest(
        $10::uuid [], $11::uuid [], $12::uuid [], $13::uuid [], $14::text [], $15::text [],
        $16::int [], $17::int [], $18::int [], $19::int []
    ) as p (
        order_id, package_id, fulfillment_order_id, shipment_id, carrier, tracking_number,
        weight_grams, length_mm, width_mm, height_mm
    )
), packages as (
    insert into package (
        order_id, package_id, fulfillment_order_id, shipment_id, carrier, tracking_number,
        weight_grams, length_mm, width_mm, height_mm, packed_at
    )
    select
        *,
        $31::timestamptz
    from fresh
), package_lines as (
    insert into package_line (order_id, package_id, line_no, quantity)
    select * from unnest($20::uuid [], $21::uuid [], $22::int [], $23::int [])
), leaving as materialized (
    select * from unnest($24::uuid [], $25::uuid [], $26::uuid [], $27::text [], $28::text [], $29::boolean [])
    as l (order_id, package_id, shipment_id, carrier, tracking_number, delivered)
), sent as (
    update package as p
    set
        shipment_id = l.shipment_id,
        carrier = l.carrier,
        tracking_number = l.tracking_number,
        delivered_at = case when l.delivered then $31::timestamptz end
    from leaving as l
    where p.order_id = l.order_id and p.package_id = l.package_id
), dropped as (
    delete from package_line as l
    using unnest($30::uuid []) as d (package_id)
    where l.package_id = d.package_id and l.order_id = any($33::uuid [])
), unpacked as (
    delete from package as p
    using unnest($30::uuid []) as d (package_id)
    where p.package_id = d.package_id and p.order_id = any($33::uuid [])
)
insert into tracking_key (tracking_number, carrier, package_id, order_id)
select
    tracking_number,
    carrier,
    package_id,
    order_id
from fresh
where tracking_number is not null and carrier is not null
union all
select
    tracking_number,
    carrier,
    package_id,
    order_id
from leaving
where tracking_number is not null and carrier is not null
