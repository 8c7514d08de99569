-- A buyer pays at the sandbox gateway at once, before any order exists: an authorization with its capture.
with paid as (
    insert into sandbox_authorization (
        reference, token, currency, amount_minor, captured_minor, expires_at, made_at
    )
    values ($1, 'tok_ok', $3, $4, $4, $5, $6)
)
insert into sandbox_operation (
    key, kind, reference, authorization_reference, amount_minor, currency, outcome, hint, made_at, ready_at
)
values ($2, 'capture', $2, $1, $4, $3, 'succeeded', $7, $6, $6)
