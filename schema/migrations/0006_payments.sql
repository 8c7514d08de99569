-- Money: integer minor units, one balance row per payment and per order, every posting double-entry.

create table order_money (
    order_id uuid primary key,
    currency text not null,
    total_minor bigint not null,
    canceled_minor bigint not null default 0,
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
    to_capture_minor bigint not null default 0,
    channel_id uuid,
    capture_when text not null default 'shipment',
    held boolean not null default false,
    closed boolean not null default false,
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
            when total_minor = 0 and canceled_minor = 0 then 'captured'
            else 'unpaid'
        end
    ) stored,
    version int not null default 1,
    changed_at timestamptz not null default now(),
    constraint money_is_not_negative check (
        total_minor >= 0 and canceled_minor >= 0 and pending_authorization_minor >= 0 and authorized_minor >= 0 and pending_capture_minor >= 0
        and captured_minor >= 0 and pending_void_minor >= 0 and voided_minor >= 0 and pending_refund_minor >= 0
        and refunded_minor >= 0 and invoiced_minor >= 0 and to_capture_minor >= 0
    ),
    constraint capture_when_is_known check (capture_when in ('placement', 'release', 'shipment')),
    constraint captured_within_authorized check (
        captured_minor + pending_capture_minor + voided_minor + pending_void_minor <= authorized_minor
    ),
    constraint refunded_within_captured check (refunded_minor + pending_refund_minor <= captured_minor)
) with (fillfactor = 80);
create index order_money_by_status on order_money (payment_status, order_id);
comment on table order_money is 'Sums over the payments of one order; the payment status is computed from them.';
comment on column order_money.total_minor is 'What the order costs now; what was canceled of it is in canceled_minor.';
comment on column order_money.to_capture_minor is 'How much is to be captured by now; it is asked for unless it is captured or pending.';
comment on column order_money.held is 'A held order is never charged beyond its authorization.';

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
    renews_no int,
    attempt int not null default 1,
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
    code text,
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
create index money_movement_unsettled on money_movement (coalesce(checked_at, asked_at)) where state in ('pending', 'unknown');
create index money_movement_waiting on money_movement (asked_at, movement_id) where state in ('pending', 'unknown');
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
comment on table ledger_posting is 'The money ledger: each row debits one account and credits another, so it balances by construction.';

create table stray_payment (
    stray_id uuid not null,
    gateway text not null,
    reference text not null,
    authorization_reference text,
    kind text not null,
    amount_minor bigint not null,
    currency text not null,
    hint jsonb not null default '{}',
    reason text not null,
    state text not null default 'open',
    found_by text not null,
    found_at timestamptz not null,
    order_id uuid,
    matched_at timestamptz,
    primary key (gateway, reference, kind),
    constraint stray_payment_state_is_known check (state in ('open', 'matched')),
    constraint stray_payment_kind_is_known check (kind in ('authorize', 'capture', 'void', 'refund')),
    constraint matched_with_an_order check ((state = 'matched') = (order_id is not null))
);
create index stray_payment_open on stray_payment (found_at) where state = 'open';
comment on table stray_payment is 'Money that a gateway has moved and that belongs to no payment we know; a person was told.';

create table gateway_watch (
    gateway text primary key,
    watched_until timestamptz not null
);
comment on table gateway_watch is 'Until when the captures of a gateway were compared with ours.';

create table invoice_series (
    series text primary key,
    last_number bigint not null default 0,
    constraint last_number_is_not_negative check (last_number >= 0)
) with (fillfactor = 50);
comment on table invoice_series is 'The last number of each series; counted in the transaction of the invoice, so that none is missing.';

create table invoice_number (
    series text not null,
    number bigint not null,
    order_id uuid not null,
    invoice_id uuid not null,
    primary key (series, number)
);
comment on table invoice_number is 'Every number of a series and the one invoice that bears it.';

create table invoice (
    order_id uuid not null,
    invoice_id uuid not null,
    series text not null,
    number bigint not null,
    invoice_number text not null,
    shipment_id uuid not null,
    order_number text,
    channel_id uuid,
    currency text not null,
    tax_mode text not null,
    net_minor bigint not null,
    tax_minor bigint not null,
    total_minor bigint not null,
    buyer_name text,
    email text,
    bill_to jsonb,
    ship_to jsonb,
    seller jsonb not null,
    shipped_at timestamptz not null,
    issued_at timestamptz not null,
    primary key (order_id, invoice_id),
    constraint one_invoice_per_shipment unique (order_id, shipment_id),
    constraint invoice_sums_up check (net_minor + tax_minor = total_minor and net_minor >= 0 and tax_minor >= 0)
);
create index invoice_by_id on invoice (invoice_id);
comment on table invoice is 'What was charged for one shipment; never changed once it is issued.';

create table invoice_line (
    order_id uuid not null,
    invoice_id uuid not null,
    line_no int not null,
    sku text not null,
    title text not null,
    quantity int not null,
    unit_price text,
    net_minor bigint not null,
    tax_minor bigint not null,
    total_minor bigint not null,
    primary key (order_id, invoice_id, line_no),
    constraint invoice_line_sums_up check (net_minor + tax_minor = total_minor)
);

-- The sandbox gateway: a payment company of its own, which shares nothing with the tables above.

create table sandbox_account (
    only_row boolean primary key default true,
    webhook_secret text not null,
    constraint sandbox_account_is_one_row check (only_row)
);
comment on table sandbox_account is 'The account at the sandbox gateway, with the secret that its webhooks are signed with.';
insert into sandbox_account (webhook_secret) values (replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''));

create table sandbox_authorization (
    reference text primary key,
    token text not null,
    currency text not null,
    amount_minor bigint not null,
    captured_minor bigint not null default 0,
    voided_minor bigint not null default 0,
    refunded_minor bigint not null default 0,
    expires_at timestamptz not null,
    made_at timestamptz not null,
    constraint sandbox_amount_is_positive check (amount_minor > 0),
    constraint sandbox_captured_within_amount check (
        captured_minor >= 0 and voided_minor >= 0 and captured_minor + voided_minor <= amount_minor
    ),
    constraint sandbox_refunded_within_captured check (refunded_minor between 0 and captured_minor)
) with (fillfactor = 80);
comment on table sandbox_authorization is 'What the sandbox gateway knows of the buyer''s money.';

create table sandbox_operation (
    key text primary key,
    kind text not null,
    reference text not null,
    authorization_reference text,
    amount_minor bigint not null,
    currency text not null,
    outcome text not null,
    code text,
    message text,
    order_id uuid,
    hint jsonb not null default '{}',
    made_at timestamptz not null,
    ready_at timestamptz not null,
    constraint sandbox_operation_reference_is_unique unique (reference),
    constraint sandbox_kind_is_known check (kind in ('authorize', 'capture', 'void', 'refund')),
    constraint sandbox_outcome_is_known check (outcome in ('succeeded', 'failed', 'lost'))
);
create index sandbox_operation_captured on sandbox_operation (made_at, key)
where kind = 'capture' and outcome = 'succeeded';
create index sandbox_operation_by_authorization on sandbox_operation (authorization_reference);
comment on table sandbox_operation is 'What the sandbox gateway was asked, once per key; before ready_at it only says that it is pending.';
