-- Record how placed orders are paid: sums per order, payments, authorizations that stand, and jobs for those to be asked for.
with asked as materialized (
    select * from unnest(
        $1::uuid [], $2::int [], $3::text [], $4::text [], $5::text [], $6::bigint [], $7::text [], $8::text [],
        $9::timestamptz [], $10::uuid []
    ) as a (
        order_id, payment_no, gateway, method, currency, amount_minor, token, reference, expires_at, movement_id
    )
), totals as (
    insert into order_money (
        order_id, currency, total_minor, authorized_minor, pending_authorization_minor, changed_at, channel_id, capture_when
    )
    select * from unnest(
        $11::uuid [], $12::text [], $13::bigint [], $14::bigint [], $15::bigint [], $16::timestamptz [], $18::uuid [],
        $19::text []
    )
    returning order_id, payment_status
), paid as (
    insert into payment (
        order_id, payment_no, gateway, method, currency, amount_minor, token, authorization_ref,
        authorization_expires_at, pending_authorization_minor, authorized_minor, created_at
    )
    select
        order_id,
        payment_no,
        gateway,
        method,
        currency,
        amount_minor,
        token,
        reference,
        expires_at,
        case when reference is null then amount_minor else 0 end,
        case when reference is null then 0 else amount_minor end,
        $17
    from asked
), moved as (
    insert into money_movement (
        order_id, movement_id, payment_no, kind, amount_minor, currency, state, gateway, gateway_reference, cause_kind,
        asked_at, settled_at
    )
    select
        order_id,
        movement_id,
        payment_no,
        'authorize',
        amount_minor,
        currency,
        case when reference is null then 'pending' else 'succeeded' end,
        gateway,
        reference,
        'placement',
        $17,
        case when reference is not null then $17::timestamptz end
    from asked
), referred as (
    insert into gateway_reference (gateway, reference, kind, order_id, movement_id)
    select
        gateway,
        reference,
        'authorize',
        order_id,
        movement_id
    from asked
    where reference is not null
), posted as (
    insert into ledger_posting (
        order_id, movement_id, debit_account, credit_account, amount_minor, currency, cause_kind, posted_at
    )
    select
        order_id,
        movement_id,
        'authorized:' || gateway,
        'authorization_held',
        amount_minor,
        currency,
        'authorize',
        $17
    from asked
    where reference is not null
), queued as (
    insert into job (job_id, bucket, kind, key, subject_id, body, run_at)
    select
        movement_id,
        get_byte(uuid_send(order_id), 15) % 16,
        'payments.authorize',
        movement_id::text,
        order_id,
        jsonb_build_object('order_id', order_id, 'movement_id', movement_id),
        $17
    from asked
    where reference is null
    on conflict (bucket, kind, key) do nothing
)
select
    order_id,
    payment_status
from totals
