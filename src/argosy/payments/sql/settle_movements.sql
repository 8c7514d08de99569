-- Write down what is known of movements that are not settled yet: balances, references, postings and events, each once.
with answered as materialized (
    select * from unnest(
        $1::uuid [], $2::uuid [], $3::text [], $4::bigint [], $5::text [], $6::text [], $7::text [], $8::timestamptz []
    ) as a (order_id, movement_id, state, amount_minor, reference, code, message, expires_at)
), waiting as materialized (
    select
        m.order_id,
        m.movement_id,
        m.payment_no,
        m.kind,
        m.gateway,
        m.currency,
        m.cause_kind,
        m.cause_id,
        m.amount_minor as asked_minor,
        least(coalesce(a.amount_minor, m.amount_minor), m.amount_minor) as amount_minor,
        a.reference,
        a.expires_at,
        a.code,
        a.message,
        a.state = 'succeeded' and a.reference is not null and (
            exists (
                select 1
                from gateway_reference as r
                where r.gateway = m.gateway and r.reference = a.reference and r.kind = m.kind
            ) or row_number() over (partition by m.gateway, a.reference, m.kind order by m.movement_id) > 1
        ) as counted_before,
        a.state
    from answered as a
    inner join money_movement as m on a.order_id = m.order_id and a.movement_id = m.movement_id
    where m.state in ('pending', 'unknown')
), known as materialized (
    select
        order_id,
        movement_id,
        payment_no,
        kind,
        gateway,
        currency,
        cause_kind,
        cause_id,
        asked_minor,
        amount_minor,
        reference,
        expires_at,
        case when counted_before then 'failed' else state end as state,
        case when counted_before then 'reference_counted_before' else code end as code,
        case when counted_before then 'The gateway has given this reference to another movement before.' else message end as message
    from waiting
), moved as (
    update money_movement as m
    set
        state = k.state,
        amount_minor = case when k.state = 'succeeded' then k.amount_minor else m.amount_minor end,
        gateway_reference = case when k.state = 'failed' then m.gateway_reference else coalesce(k.reference, m.gateway_reference) end,
        code = k.code,
        message = k.message,
        checked_at = $9,
        settled_at = case when k.state in ('succeeded', 'failed') then $9::timestamptz end
    from known as k
    where m.order_id = k.order_id and m.movement_id = k.movement_id
), final as materialized (
    select
        *,
        state = 'succeeded' as done,
        case when state = 'succeeded' then amount_minor else 0 end as done_minor
    from known
    where state in ('succeeded', 'failed')
), of_order as (
    select
        order_id,
        coalesce(sum(asked_minor) filter (where kind = 'authorize'), 0) as asked_authorize,
        coalesce(sum(done_minor) filter (where kind = 'authorize'), 0) as done_authorize,
        coalesce(sum(asked_minor) filter (where kind = 'capture'), 0) as asked_capture,
        coalesce(sum(done_minor) filter (where kind = 'capture'), 0) as done_capture,
        coalesce(sum(asked_minor) filter (where kind = 'void'), 0) as asked_void,
        coalesce(sum(done_minor) filter (where kind = 'void'), 0) as done_void,
        coalesce(sum(asked_minor) filter (where kind = 'refund'), 0) as asked_refund,
        coalesce(sum(done_minor) filter (where kind = 'refund'), 0) as done_refund,
        count(*) filter (where kind = 'authorize' and not done) as failed_authorizations
    from final
    group by order_id
), counted as (
    update order_money as m
    set
        pending_authorization_minor = m.pending_authorization_minor - s.asked_authorize,
        authorized_minor = m.authorized_minor + s.done_authorize,
        pending_capture_minor = m.pending_capture_minor - s.asked_capture,
        captured_minor = m.captured_minor + s.done_capture,
        pending_void_minor = m.pending_void_minor - s.asked_void,
        voided_minor = m.voided_minor + s.done_void,
        pending_refund_minor = m.pending_refund_minor - s.asked_refund,
        refunded_minor = m.refunded_minor + s.done_refund,
        failed_authorizations = m.failed_authorizations + s.failed_authorizations,
        version = m.version + 1,
        changed_at = $9
    from of_order as s
    where m.order_id = s.order_id
    returning
        m.order_id, m.channel_id, m.version, m.payment_status, m.total_minor, m.to_capture_minor, m.captured_minor,
        m.pending_capture_minor, m.authorized_minor, m.voided_minor, m.pending_void_minor
), of_payment as (
    select
        order_id,
        payment_no,
        coalesce(sum(asked_minor) filter (where kind = 'authorize'), 0) as asked_authorize,
        coalesce(sum(done_minor) filter (where kind = 'authorize'), 0) as done_authorize,
        coalesce(sum(asked_minor) filter (where kind = 'capture'), 0) as asked_capture,
        coalesce(sum(done_minor) filter (where kind = 'capture'), 0) as done_capture,
        coalesce(sum(asked_minor) filter (where kind = 'void'), 0) as asked_void,
        coalesce(sum(done_minor) filter (where kind = 'void'), 0) as done_void,
        coalesce(sum(asked_minor) filter (where kind = 'refund'), 0) as asked_refund,
        coalesce(sum(done_minor) filter (where kind = 'refund'), 0) as done_refund,
        coalesce(bool_or(kind = 'authorize' and not done), false) as failed,
        max(reference) filter (where kind = 'authorize' and done) as authorization_ref,
        max(expires_at) as expires_at,
        max(message) filter (where not done) as message
    from final
    group by order_id, payment_no
), paid as (
    update payment as p
    set
        pending_authorization_minor = p.pending_authorization_minor - s.asked_authorize,
        authorized_minor = p.authorized_minor + s.done_authorize,
        pending_capture_minor = p.pending_capture_minor - s.asked_capture,
        captured_minor = p.captured_minor + s.done_capture,
        pending_void_minor = p.pending_void_minor - s.asked_void,
        voided_minor = p.voided_minor + s.done_void,
        pending_refund_minor = p.pending_refund_minor - s.asked_refund,
        refunded_minor = p.refunded_minor + s.done_refund,
        failed = p.failed or s.failed,
        authorization_ref = coalesce(s.authorization_ref, p.authorization_ref),
        authorization_expires_at = coalesce(s.expires_at, p.authorization_expires_at),
        last_message = coalesce(s.message, p.last_message)
    from of_payment as s
    where p.order_id = s.order_id and p.payment_no = s.payment_no
    returning p.order_id, p.payment_no, p.method
), referred as (
    insert into gateway_reference (gateway, reference, kind, order_id, movement_id)
    select
        gateway,
        reference,
        kind,
        order_id,
        movement_id
    from final
    where done and reference is not null
), posted as (
    insert into ledger_posting (
        order_id, movement_id, debit_account, credit_account, amount_minor, currency, cause_kind, cause_id, posted_at
    )
    select
        f.order_id,
        f.movement_id,
        case a.account when 'gateway' then a.prefix || f.gateway else a.debit end,
        case a.account when 'credit' then a.prefix || f.gateway else a.credit end,
        f.amount_minor,
        f.currency,
        f.kind,
        f.cause_id,
        $9
    from final as f
    inner join (
        values
        ('authorize', 'gateway', 'authorized:', null, 'authorization_held'),
        ('capture', 'credit', 'authorized:', 'authorization_held', null),
        ('capture', 'gateway', 'clearing:', null, 'buyer'),
        ('void', 'credit', 'authorized:', 'authorization_held', null),
        ('refund', 'credit', 'clearing:', 'buyer', null)
    ) as a (kind, account, prefix, debit, credit) on f.kind = a.kind
    where f.done and f.amount_minor > 0
), announced as (
    insert into event (name, subject_id, subject_version, channel_id, occurred_at, body)
    select
        case
            when f.done then
                case f.kind
                    when 'authorize' then 'payment.authorized.v1'
                    when 'capture' then 'payment.captured.v1'
                    when 'void' then 'payment.voided.v1'
                    else 'payment.refunded.v1'
                end
            when f.kind = 'authorize' then 'payment.authorization_failed.v1'
            when f.kind = 'capture' then 'payment.capture_failed.v1'
            when f.kind = 'void' then 'payment.void_failed.v1'
            else 'payment.refund_failed.v1'
        end,
        f.order_id,
        c.version,
        c.channel_id,
        $9,
        jsonb_strip_nulls(jsonb_build_object(
            'order_id', f.order_id, 'movement_id', f.movement_id, 'payment_no', f.payment_no, 'gateway', f.gateway,
            'method', p.method, 'amount_minor', f.amount_minor, 'currency', f.currency, 'payment_status', c.payment_status,
            'covered', c.authorized_minor - c.voided_minor >= c.total_minor,
            'reference', f.reference, 'code', f.code, 'message', f.message, 'cause_kind', f.cause_kind, 'cause_id', f.cause_id
        ))
    from final as f
    inner join counted as c on f.order_id = c.order_id
    inner join paid as p on f.order_id = p.order_id and f.payment_no = p.payment_no
)
select
    k.order_id,
    k.movement_id,
    k.kind,
    k.state,
    k.code,
    k.message,
    k.reference,
    k.amount_minor,
    k.asked_minor,
    c.total_minor,
    c.to_capture_minor,
    c.captured_minor,
    c.pending_capture_minor,
    c.authorized_minor,
    c.voided_minor,
    c.pending_void_minor
from known as k
left join counted as c on k.order_id = c.order_id
