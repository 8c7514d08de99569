-- Keep what carriers say, each event once; which ones were new.
insert into tracking_event (
    tracking_number, carrier, carrier_event_id, status, occurred_at, place, message, received_at
)
select
    t.*,
    $8
from unnest($1::text [], $2::text [], $3::text [], $4::text [], $5::timestamptz [], $6::text [], $7::text [])
as t (tracking_number, carrier, carrier_event_id, status, occurred_at, place, message)
order by t.tracking_number, t.carrier, t.carrier_event_id
on conflict (tracking_number, carrier, carrier_event_id) do nothing
returning tracking_number, carrier, carrier_event_id
