-- Keep money that fits no payment, each once.
insert into stray_payment (
    stray_id, gateway, reference, authorization_reference, kind, amount_minor, currency, hint, reason, found_by, found_at
)
select
    s.*,
    $10,
    $11
from unnest(
    $1::uuid [], $2::text [], $3::text [], $4::text [], $5::text [], $6::bigint [], $7::text [], $8::jsonb [], $9::text []
) as s (stray_id, gateway, reference, authorization_reference, kind, amount_minor, currency, hint, reason)
order by s.gateway, s.reference, s.kind
on conflict (gateway, reference, kind) do nothing
returning gateway, reference, kind
