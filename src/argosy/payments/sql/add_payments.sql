-- Add payments to orders; what is asked of their gateways follows as movements.
insert into payment (
    order_id, payment_no, gateway, method, currency, amount_minor, token, renews_no, attempt, created_at
)
select
    p.*,
    $10
from unnest($1::uuid [], $2::int [], $3::text [], $4::text [], $5::text [], $6::bigint [], $7::text [], $8::int [], $9::int [])
as p (order_id, payment_no, gateway, method, currency, amount_minor, token, renews_no, attempt)
