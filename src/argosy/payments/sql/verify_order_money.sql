-- The money of each order is the sum over its payments.
with paid as (
    select
        order_id,
        sum(pending_authorization_minor) as pending_authorization_minor,
        sum(authorized_minor) as authorized_minor,
        sum(pending_capture_minor) as pending_capture_minor,
        sum(captured_minor) as captured_minor,
        sum(pending_void_minor) as pending_void_minor,
        sum(voided_minor) as voided_minor,
        sum(pending_refund_minor) as pending_refund_minor,
        sum(refunded_minor) as refunded_minor
    from payment
    group by order_id
)
select
    'the money of an order is the sum over its payments' as rule,
    coalesce(m.order_id, p.order_id)::text as subject,
    concat_ws(
        ' ',
        coalesce(p.pending_authorization_minor, 0),
        coalesce(p.authorized_minor, 0),
        coalesce(p.pending_capture_minor, 0),
        coalesce(p.captured_minor, 0),
        coalesce(p.pending_void_minor, 0),
        coalesce(p.voided_minor, 0),
        coalesce(p.pending_refund_minor, 0),
        coalesce(p.refunded_minor, 0)
    ) as expected,
    concat_ws(
        ' ',
        m.pending_authorization_minor,
        m.authorized_minor,
        m.pending_capture_minor,
        m.captured_minor,
        m.pending_void_minor,
        m.voided_minor,
        m.pending_refund_minor,
        m.refunded_minor
    ) as found
from order_money as m
full join paid as p on m.order_id = p.order_id
where
    (
        m.pending_authorization_minor,
        m.authorized_minor,
        m.pending_capture_minor,
        m.captured_minor,
        m.pending_void_minor,
        m.voided_minor,
        m.pending_refund_minor,
        m.refunded_minor
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
        coalesce(p.refunded_minor, 0)
    )
