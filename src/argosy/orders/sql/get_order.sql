-- One order whole: lines with their counters, groups, charges, holds, notes, promises and money.
select
    o.order_id,
    o.order_number,
    c.code as channel,
    o.external_id,
    o.currency,
    o.tax_mode,
    o.placed_at,
    o.captured_at,
    o.customer_id,
    o.buyer,
    o.bill_to,
    o.goods_minor,
    o.discount_minor,
    o.shipping_minor,
    o.fee_minor,
    o.tax_minor,
    o.total_minor,
    o.canceled_minor,
    o.lifecycle,
    m.payment_status,
    o.fulfillment_status,
    o.return_status,
    o.active_holds,
    o.units_ordered,
    o.units_canceled,
    o.units_allocated,
    o.units_fulfilled,
    o.units_delivered,
    o.units_backordered,
    o.units_returned,
    o.promised_at,
    o.note,
    o.tags,
    o.attributes,
    o.closed_at,
    o.canceled_at,
    o.captured_by,
    o.version,
    (
        select
            jsonb_agg(
                to_jsonb(l) - 'order_id'
                || jsonb_build_object(
                    'unit_price', trim_scale(l.unit_price)::text,
                    'available_to_cancel', l.ordered - l.canceled - l.allocated - l.fulfilled,
                    'available_to_fulfill', l.ordered - l.canceled - l.allocated - l.fulfilled,
                    'available_to_return', l.fulfilled - l.return_requested - l.returned
                )
                order by l.line_no
            )
        from order_line as l
        where l.order_id = o.order_id
    ) as lines,
    (
        select jsonb_agg(to_jsonb(g) - 'order_id' - 'country' order by g.group_no)
        from delivery_group as g
        where g.order_id = o.order_id
    ) as delivery_groups,
    coalesce((
        select jsonb_agg(to_jsonb(x) - 'order_id' order by x.charge_no)
        from order_charge as x
        where x.order_id = o.order_id
    ), '[]') as charges,
    coalesce((
        select jsonb_agg(to_jsonb(h) - 'order_id' order by h.placed_at, h.hold_id)
        from order_hold as h
        where h.order_id = o.order_id
    ), '[]') as holds,
    coalesce((
        select jsonb_agg(to_jsonb(n) - 'order_id' order by n.made_at, n.note_id)
        from order_note as n
        where n.order_id = o.order_id
    ), '[]') as notes,
    coalesce((
        select jsonb_agg(to_jsonb(p) - 'order_id' order by p.group_no, p.promise_no)
        from promise as p
        where p.order_id = o.order_id
    ), '[]') as promises,
    jsonb_build_object(
        'authorized_minor', m.authorized_minor,
        'pending_authorization_minor', m.pending_authorization_minor,
        'captured_minor', m.captured_minor,
        'pending_capture_minor', m.pending_capture_minor,
        'voided_minor', m.voided_minor,
        'refunded_minor', m.refunded_minor,
        'pending_refund_minor', m.pending_refund_minor,
        'invoiced_minor', m.invoiced_minor,
        'due_minor', greatest(0, o.total_minor - o.canceled_minor - (m.captured_minor - m.refunded_minor))
    ) as money
from orders as o
inner join order_money as m on o.order_id = m.order_id
inner join channel as c on o.channel_id = c.channel_id
where o.order_id = $1 and ($2::uuid [] is null or o.channel_id = any($2))
