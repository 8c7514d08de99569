-- Let more be captured of orders, up to an amount or the total; what was let before is not taken back.
update order_money as m
set
    to_capture_minor = greatest(m.to_capture_minor, least(m.total_minor, coalesce(c.amount_minor, m.total_minor))),
    version = m.version + 1,
    changed_at = $3
from unnest($1::uuid [], $2::bigint []) as c (order_id, amount_minor)
where m.order_id = c.order_id
