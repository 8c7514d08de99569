-- Money that fits no payment, the latest first.
select
    stray_id,
    gateway,
    reference,
    authorization_reference,
    kind,
    amount_minor,
    currency,
    hint,
    reason,
    state,
    found_by,
    found_at,
    order_id,
    matched_at
from stray_payment
where $1::text is null or state = $1
order by found_at desc, gateway asc, reference asc
limit $2
