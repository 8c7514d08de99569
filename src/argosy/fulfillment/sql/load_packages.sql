-- The packages of fulfillment orders with their lines.
with wanted as (
    select * from unnest($1::uuid [], $2::uuid []) as w (order_id, fulfillment_order_id)
)
select
    p.fulfillment_order_id,
    p.package_id,
    p.shipment_id,
    p.scanned_at is not null as scanned,
    p.delivered_at is not null as delivered,
    (
        select jsonb_agg(jsonb_build_array(l.line_no, l.quantity) order by l.line_no)
        from package_line as l
        where l.order_id = p.order_id and l.package_id = p.package_id
    ) as lines
from wanted as w
inner join package as p on w.order_id = p.order_id and w.fulfillment_order_id = p.fulfillment_order_id
order by p.fulfillment_order_id, p.package_id
