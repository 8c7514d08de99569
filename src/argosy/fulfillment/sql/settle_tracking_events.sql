-- These events were applied.
update tracking_event as e
set applied_at = $4
from unnest($1::text [], $2::text [], $3::text []) as s (tracking_number, carrier, carrier_event_id)
where
    e.tracking_number = s.tracking_number
    and e.carrier = s.carrier
    and e.carrier_event_id = s.carrier_event_id
