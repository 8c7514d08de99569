-- Orders that are captured whole now: those placed (or let go) without a hold, or released to a location, by their setting.
select order_id
from order_money
where
    to_capture_minor < total_minor
    and (
        (capture_when = 'placement' and not held and order_id = any($1::uuid []))
        or (capture_when = 'release' and order_id = any($2::uuid []))
    )
