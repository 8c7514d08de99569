-- The sums of each payment are those of its movements.
with moved as (
    select
        order_id,
        payment_no,
        coalesce(sum(amount_minor) filter (where kind = 'authorize' and state in ('pending', 'unknown')), 0) as pending_authorization_minor,
        coalesce(sum(amount_minor) filter (where kind = 'authorize' and state = 'succeeded'), 0) as authorized_minor,
        coalesce(sum(amount_minor) filter (where kind = 'capture' and state in ('pending', 'unknown')), 0) as pending_capture_minor,
        coalesce(sum(amount_minor) filter (where kind = 'capture' and state = 'succeeded'), 0) as captured_minor,
        coalesce(sum(amount_minor) filter (where kind = 'void' and state in ('pending', 'unknown')), 0) as pending_void_minor,
        coalesce(sum(amount_minor) filter (where kind = 'void' and state = 'succeeded'), 0) as voided_minor,
        coalesce(sum(amount_minor) filter (where kind = 'refund' and state in ('pending', 'unknown')), 0) as pending_refund_minor,
        coalesce(sum(amount_minor) filter (where kind = 'refund' and state = 'succeeded'), 0) as refunded_minor
    from money_movement
    group by order_id, payment_no
)
select
    'payments are the sums of their movements' as rule,
    coalesce(p.order_id, m.order_id)::text || ' #' || coalesce(p.payment_no, m.payment_no)::text as subject,
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
    ) as expected,
    concat_ws(
        ' ',
        p.pending_authorization_minor,
        p.authorized_minor,
        p.pending_capture_minor,
        p.captured_minor,
        p.pending_void_minor,
        p.voided_minor,
        p.pending_refund_minor,
        p.refunded_minor
    ) as found
from payment as p
full join moved as m on p.order_id = m.order_id and p.payment_no = m.payment_no
where
    (
        p.pending_authorization_minor,
        p.authorized_minor,
        p.pending_capture_minor,
        p.captured_minor,
        p.pending_void_minor,
        p.voided_minor,
        p.pending_refund_minor,
        p.refunded_minor
    )
    is distinct from
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
