-- The money of orders.
select
    order_id,
    currency,
    total_minor,
    canceled_minor,
    pending_authorization_minor,
    authorized_minor,
    pending_capture_minor,
    captured_minor,
    pending_void_minor,
    voided_minor,
    pending_refund_minor,
    refunded_minor,
    failed_authorizations,
    invoiced_minor,
    to_capture_minor,
    channel_id,
    capture_when,
    held,
    closed,
    payment_status,
    version
from order_money
where order_id = any($1::uuid [])
