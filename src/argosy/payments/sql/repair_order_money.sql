-- Set the money of orders to the sums over their movements and invoices, where they differ.
with paid as (
    select
        order_id,
        coalesce(sum(amount_minor) filter (where kind = 'authorize' and state in ('pending', 'unknown')), 0) as pending_authorization_minor,
        coalesce(sum(amount_minor) filter (where kind = 'authorize' and state = 'succeeded'), 0) as authorized_minor,
        coalesce(sum(amount_minor) filter (where kind = 'capture' and state in ('pending', 'unknown')), 0) as pending_capture_minor,
        coalesce(sum(amount_minor) filter (where kind = 'capture' and state = 'succeeded'), 0) as captured_minor,
        coalesce(sum(amount_minor) filter (where kind = 'void' and state in ('pending', 'unknown')), 0) as pending_void_minor,
        coalesce(sum(amount_minor) filter (where kind = 'void' and state = 'succeeded'), 0) as voided_minor,
        coalesce(sum(amount_minor) filter (where kind = 'refund' and state in ('pending', 'unknown')), 0) as pending_refund_minor,
        coalesce(sum(amount_minor) filter (where kind = 'refund' and state = 'succeeded'), 0) as refunded_minor
    from money_movement
    group by order_id
), invoiced as (
    select
        order_id,
        sum(total_minor) as invoiced_minor
    from invoice
    group by order_id
)
update order_money as m
set
    pending_authorization_minor = coalesce(p.pending_authorization_minor, 0),
    authorized_minor = coalesce(p.authorized_minor, 0),
    pending_capture_minor = coalesce(p.pending_capture_minor, 0),
    captured_minor = coalesce(p.captured_minor, 0),
    pending_void_minor = coalesce(p.pending_void_minor, 0),
    voided_minor = coalesce(p.voided_minor, 0),
    pending_refund_minor = coalesce(p.pending_refund_minor, 0),
    refunded_minor = coalesce(p.refunded_minor, 0),
    invoiced_minor = coalesce(i.invoiced_minor, 0),
    version = m.version + 1
from order_money as o
left join paid as p on o.order_id = p.order_id
left join invoiced as i on o.order_id = i.order_id
where
    m.order_id = o.order_id
    and (
        o.pending_authorization_minor,
        o.authorized_minor,
        o.pending_capture_minor,
        o.captured_minor,
        o.pending_void_minor,
        o.voided_minor,
        o.pending_refund_minor,
        o.refunded_minor,
        o.invoiced_minor
    )
    is distinct from
    (
        coalesce(p.pending_authorization_minor, 0),
        coalesce(p.authorized_minor, 0),
        coalesce(p.pending_capture_minor, 0),
        coalesce(p.captured_minor, 0),
        coalesce(p.pending_void_minor, 0),
        coalesce(p.voided_minor, 0),
        coalesce(p.pending_refund_minor, 0),
        coalesce(p.refunded_minor, 0),
        coalesce(i.invoiced_minor, 0)
    )
