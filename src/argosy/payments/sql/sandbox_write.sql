-- Write what the sandbox gateway did: operations once per key, authorizations new or with new sums.
with operations as (
    insert into sandbox_operation (
        key, kind, reference, authorization_reference, amount_minor, currency, outcome, code, message, order_id, ready_at, made_at
    )
    select
        o.*,
        $12
    from unnest(
        $1::text [], $2::text [], $3::text [], $4::text [], $5::bigint [], $6::text [], $7::text [], $8::text [], $9::text [],
        $10::uuid [], $11::timestamptz []
    ) as o (
        key, kind, reference, authorization_reference, amount_minor, currency, outcome, code, message, order_id, ready_at
    )
    on conflict (key) do update
    set
        outcome = excluded.outcome,
        reference = excluded.reference,
        authorization_reference = excluded.authorization_reference,
        amount_minor = excluded.amount_minor,
        code = excluded.code,
        message = excluded.message,
        ready_at = excluded.ready_at,
        made_at = excluded.made_at
    where sandbox_operation.outcome = 'lost'
    returning key
), accounts as (
    insert into sandbox_authorization (
        reference, token, currency, amount_minor, captured_minor, voided_minor, refunded_minor, expires_at, made_at
    )
    select
        a.*,
        $12
    from unnest(
        $13::text [], $14::text [], $15::text [], $16::bigint [], $17::bigint [], $18::bigint [], $19::bigint [],
        $20::timestamptz []
    ) as a (reference, token, currency, amount_minor, captured_minor, voided_minor, refunded_minor, expires_at)
    order by a.reference
    on conflict (reference) do update
    set
        captured_minor = excluded.captured_minor,
        voided_minor = excluded.voided_minor,
        refunded_minor = excluded.refunded_minor
)
select count(*)::int from operations
