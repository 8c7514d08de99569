-- The payments of orders.
select
    order_id,
    payment_no,
    gateway,
    method,
    currency,
    amount_minor,
    token,
    authorization_ref,
    authorization_expires_at,
    pending_authorization_minor,
    authorized_minor,
    pending_capture_minor,
    captured_minor,
    pending_void_minor,
    voided_minor,
    pending_refund_minor,
    refunded_minor,
    over_capture_minor,
    failed,
    renews_no,
    attempt,
    last_message,
    created_at
from payment
where order_id = any($1::uuid [])
order by order_id, payment_no
