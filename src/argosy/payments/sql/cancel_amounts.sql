-- Orders cost less by what was canceled of them; no more than that is to be captured.
update order_money as m
set
    total_minor = m.total_minor - c.value_minor,
    canceled_minor = m.canceled_minor + c.value_minor,
    to_capture_minor = least(m.to_capture_minor, m.total_minor - c.value_minor),
    version = m.version + 1,
    changed_at = $3
from unnest($1::uuid [], $2::bigint []) as c (order_id, value_minor)
where m.order_id = c.order_id
