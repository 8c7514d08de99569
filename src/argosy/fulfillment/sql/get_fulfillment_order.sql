-- One fulfillment order with its lines, packages, shipments and what carriers said.
select
    f.order_id,
    f.fulfillment_order_id,
    f.number,
    o.order_number,
    f.group_no,
    f.channel_id,
    f.location_id,
    f.method_code,
    f.kind,
    f.state,
    f.ship_to,
    f.gift_message,
    f.instructions,
    f.load_day,
    f.due_at,
    f.ship_by,
    f.promised_at,
    f.pick_list_id,
    f.pickup_attempts,
    f.vendor_reference,
    f.reason,
    f.created_at,
    f.accepted_at,
    f.picked_at,
    f.packed_at,
    f.shipped_at,
    f.ready_at,
    f.fulfilled_at,
    f.rejected_at,
    f.canceled_at,
    f.version,
    (
        select jsonb_agg(to_jsonb(l) - 'order_id' - 'fulfillment_order_id' order by l.line_no)
        from fulfillment_order_line as l
        where l.order_id = f.order_id and l.fulfillment_order_id = f.fulfillment_order_id
    ) as lines,
    (
        select
            jsonb_agg(
                (to_jsonb(p) - 'order_id' - 'fulfillment_order_id') || jsonb_build_object(
                    'lines', (
                        select
                            jsonb_agg(
                                jsonb_build_object('line_no', i.line_no, 'quantity', i.quantity) order by i.line_no
                            )
                        from package_line as i
                        where i.order_id = p.order_id and i.package_id = p.package_id
                    )
                ) order by p.package_id
            )
        from package as p
        where p.order_id = f.order_id and p.fulfillment_order_id = f.fulfillment_order_id
    ) as packages,
    (
        select jsonb_agg(to_jsonb(s) - 'order_id' - 'fulfillment_order_id' order by s.shipped_at, s.shipment_id)
        from shipment as s
        where s.order_id = f.order_id and s.fulfillment_order_id = f.fulfillment_order_id
    ) as shipments,
    (
        select jsonb_agg(to_jsonb(e) - 'applied_at' order by e.occurred_at desc, e.carrier_event_id asc)
        from package as p
        inner join tracking_event as e on p.tracking_number = e.tracking_number and p.carrier = e.carrier
        where p.order_id = f.order_id and p.fulfillment_order_id = f.fulfillment_order_id
    ) as tracking
from fulfillment_order as f
inner join orders as o on f.order_id = o.order_id
where f.fulfillment_order_id = $1
