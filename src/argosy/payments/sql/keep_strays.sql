-- Keep money that fits no payment, each once.
insert into stray_payment (
    gateway, reference, authorization_reference, kind, amount_minor, currency, hint, reason, found_by, found_at
)
select
    s.*,
    $9,
    $10
from unnest($1::text [], $2::text [], $3::text [], $4::text [], $5::bigint [], $6::text [], $7::jsonb [], $8::text [])
as s (gateway, reference, authorization_reference, kind, amount_minor, currency, hint, reason)
order by s.gateway, s.reference, s.kind
on conflict (gateway, reference, kind) do nothing
returning gateway, reference, kind
