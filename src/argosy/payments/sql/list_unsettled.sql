-- Movements that are pending or unknown, those asked for longest ago first.
select
    order_id,
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
where
    state in ('pending', 'unknown')
    and ($1::timestamptz is null or (asked_at, movement_id) > ($1, $2))
    and ($4::text is null or gateway = $4)
    and ($5::text is null or state = $5)
order by asked_at, movement_id
limit $3
