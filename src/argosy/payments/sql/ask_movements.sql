-- Write movements as pending, count them as pending in the balances, and queue the calls; the rows refuse what is too much.
with asked as materialized (
    select * from unnest(
        $1::uuid [], $2::uuid [], $3::int [], $4::text [], $5::bigint [], $6::text [], $7::uuid [], $8::boolean []
    ) as a (order_id, movement_id, payment_no, kind, amount_minor, cause_kind, cause_id, queued)
), of_order as (
    select
        order_id,
        coalesce(sum(amount_minor) filter (where kind = 'authorize'), 0) as to_authorize,
        coalesce(sum(amount_minor) filter (where kind = 'capture'), 0) as to_capture,
        coalesce(sum(amount_minor) filter (where kind = 'void'), 0) as to_void,
        coalesce(sum(amount_minor) filter (where kind = 'refund'), 0) as to_refund
    from asked
    group by order_id
), counted as (
    update order_money as m
    set
        pending_authorization_minor = m.pending_authorization_minor + s.to_authorize,
        pending_capture_minor = m.pending_capture_minor + s.to_capture,
        pending_void_minor = m.pending_void_minor + s.to_void,
        pending_refund_minor = m.pending_refund_minor + s.to_refund,
        version = m.version + 1,
        changed_at = $9
    from of_order as s
    where m.order_id = s.order_id
), of_payment as (
    select
        order_id,
        payment_no,
        coalesce(sum(amount_minor) filter (where kind = 'authorize'), 0) as to_authorize,
        coalesce(sum(amount_minor) filter (where kind = 'capture'), 0) as to_capture,
        coalesce(sum(amount_minor) filter (where kind = 'void'), 0) as to_void,
        coalesce(sum(amount_minor) filter (where kind = 'refund'), 0) as to_refund
    from asked
    group by order_id, payment_no
), paid as (
    update payment as p
    set
        pending_authorization_minor = p.pending_authorization_minor + s.to_authorize,
        pending_capture_minor = p.pending_capture_minor + s.to_capture,
        pending_void_minor = p.pending_void_minor + s.to_void,
        pending_refund_minor = p.pending_refund_minor + s.to_refund
    from of_payment as s
    where p.order_id = s.order_id and p.payment_no = s.payment_no
    returning p.order_id, p.payment_no, p.gateway, p.currency
), queued as (
    insert into job (job_id, bucket, kind, key, subject_id, body, run_at)
    select
        movement_id,
        get_byte(uuid_send(order_id), 15) % 16,
        'payments.' || kind,
        movement_id::text,
        order_id,
        jsonb_build_object('order_id', order_id, 'movement_id', movement_id),
        $9
    from asked
    where queued
)
insert into money_movement (
    order_id, movement_id, payment_no, kind, amount_minor, currency, state, gateway, cause_kind, cause_id, asked_at
)
select
    a.order_id,
    a.movement_id,
    a.payment_no,
    a.kind,
    a.amount_minor,
    p.currency,
    'pending',
    p.gateway,
    a.cause_kind,
    a.cause_id,
    $9
from asked as a
inner join paid as p on a.order_id = p.order_id and a.payment_no = p.payment_no
