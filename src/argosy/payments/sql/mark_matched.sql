-- Note which strays are movements of an order now.
update stray_payment as s
set state = 'matched', order_id = r.order_id, matched_at = $1
from gateway_reference as r
where
    s.state = 'open'
    and s.gateway = r.gateway
    and s.reference = r.reference
    and s.kind = r.kind
returning s.stray_id
