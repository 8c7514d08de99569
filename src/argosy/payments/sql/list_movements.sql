-- The movements of an order's money, in the order in which they were asked for.
select
    movement_id,
    payment_no,
    kind,
    amount_minor,
    currency,
    state,
    gateway,
    gateway_reference,
    cause_kind,
    cause_id,
    code,
    message,
    asked_at,
    settled_at,
    checked_at
from money_movement
where order_id = $1
order by asked_at, movement_id
