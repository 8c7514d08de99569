-- Money: integer minor units, one balance row per payment and per order, every posting double-entry.

create table order_money (
    order_id uuid primary key,
    currency text not null,
    total_minor bigint not null,
    pending_authorization_minor bigint not null default 0,
    authorized_minor bigint not null default 0,
    pending_capture_minor bigint not null default 0,
    captured_minor bigint not null default 0,
    pending_void_minor bigint not null default 0,
    voided_minor bigint not null default 0,
    pending_refund_minor bigint not null default 0,
    refunded_minor bigint not null default 0,
    failed_authorizations int not null default 0,
    invoiced_minor bigint not null default 0,
    payment_status text not null generated always as (
        case
            when captured_minor > 0 and refunded_minor >= captured_minor then 'refunded'
            when refunded_minor > 0 then 'partially_refunded'
            when captured_minor > 0 and captured_minor >= total_minor then 'captured'
            when captured_minor > 0 then 'partially_captured'
            when authorized_minor - voided_minor > 0 and authorized_minor - voided_minor >= total_minor then 'authorized'
            when pending_authorization_minor > 0 then 'pending'
            when failed_authorizations > 0 then 'failed'
            when authorized_minor - voided_minor > 0 then 'authorized'
            when total_minor = 0 then 'captured'
            else 'unpaid'
        end
    ) stored,
    version int not null default 1,
    changed_at timestamptz not null default now(),
    constraint money_is_not_negative check (
        total_minor >= 0 and pending_authorization_minor >= 0 and authorized_minor >= 0 and pending_capture_minor >= 0
        and captured_minor >= 0 and pending_void_minor >= 0 and voided_minor >= 0 and pending_refund_minor >= 0
        and refunded_minor >= 0 and invoiced_minor >= 0
    ),
    constraint captured_within_authorized check (captured_minor + pending_capture_minor + voided_minor + pending_void_minor <= authorized_minor),
    constraint refunded_within_captured check (refunded_minor + pending_refund_minor <= captured_minor)
) with (fillfactor = 80);
create index order_money_by_status on order_money (payment_status, order_id);
comment on table order_money is 'Sums over the payments of one order; the payment status is computed from them.';

create table payment (
    order_id uuid not null,
    payment_no int not null,
    gateway text not null,
    method text not null,
    currency text not null,
    amount_minor bigint not null,
    token text,
    authorization_ref text,
    authorization_expires_at timestamptz,
    pending_authorization_minor bigint not null default 0,
    authorized_minor bigint not null default 0,
    pending_capture_minor bigint not null default 0,
    captured_minor bigint not null default 0,
    pending_void_minor bigint not null default 0,
    voided_minor bigint not null default 0,
    pending_refund_minor bigint not null default 0,
    refunded_minor bigint not null default 0,
    over_capture_minor bigint not null default 0,
    failed boolean not null default false,
    last_message text,
    created_at timestamptz not null,
    primary key (order_id, payment_no),
    constraint payment_amount_is_positive check (amount_minor > 0),
    constraint payment_is_not_negative check (
        pending_authorization_minor >= 0 and authorized_minor >= 0 and pending_capture_minor >= 0 and captured_minor >= 0
        and pending_void_minor >= 0 and voided_minor >= 0 and pending_refund_minor >= 0 and refunded_minor >= 0
    ),
    constraint payment_captured_within_authorized check (
        captured_minor + pending_capture_minor + voided_minor + pending_void_minor <= authorized_minor + over_capture_minor
    ),
    constraint payment_refunded_within_captured check (refunded_minor + pending_refund_minor <= captured_minor)
) with (fillfactor = 80);

create table money_movement (
    order_id uuid not null,
    movement_id uuid not null,
    payment_no int not null,
    kind text not null,
    amount_minor bigint not null,
    currency text not null,
    state text not null,
    gateway text not null,
    gateway_reference text,
    cause_kind text not null,
    cause_id uuid,
    message text,
    asked_at timestamptz not null,
    settled_at timestamptz,
    checked_at timestamptz,
    primary key (order_id, movement_id),
    constraint movement_amount_is_positive check (amount_minor > 0),
    constraint money_movement_kind_is_known check (kind in ('authorize', 'capture', 'void', 'refund')),
    constraint money_movement_state_is_known check (state in ('pending', 'succeeded', 'failed', 'unknown')),
    constraint settled_when_final check ((state in ('succeeded', 'failed')) = (settled_at is not null))
);
create index money_movement_unsettled on money_movement (asked_at) where state in ('pending', 'unknown');
create index money_movement_by_cause on money_movement (cause_id) where cause_id is not null;

create table gateway_reference (
    gateway text not null,
    reference text not null,
    kind text not null,
    order_id uuid not null,
    movement_id uuid not null,
    primary key (gateway, reference, kind)
);
comment on table gateway_reference is 'One movement per gateway, reference and kind: the return page and the webhook cannot both count.';

create table ledger_posting (
    order_id uuid not null,
    posting_id uuid not null default gen_random_uuid(),
    movement_id uuid,
    debit_account text not null,
    credit_account text not null,
    amount_minor bigint not null,
    currency text not null,
    cause_kind text not null,
    cause_id uuid,
    posted_at timestamptz not null,
    primary key (order_id, posting_id),
    constraint posting_is_positive check (amount_minor > 0),
    constraint posting_moves_between_accounts check (debit_account <> credit_account)
);
comment on table ledger_posting is 'The money ledger: each row debits one account and credits another, so that it balances by construction.';
