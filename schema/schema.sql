-- The whole schema. Equal to the sum of schema/migrations, which a test checks.

-- 0001 kernel --------------------------------------------------------------------------

-- Events, jobs, cursors, leases and settings: what every context uses and none owns.

create table setting (
    name text primary key,
    value jsonb not null,
    changed_at timestamptz not null default now(),
    changed_by text not null
);
comment on table setting is 'Business settings that are rows, one document each.';

create table event (
    subject_id uuid not null,
    event_id uuid not null default gen_random_uuid(),
    name text not null,
    subject_version int not null,
    channel_id uuid,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null default clock_timestamp(),
    body jsonb not null,
    position bigint,
    primary key (subject_id, event_id),
    constraint event_name_is_versioned check (name ~ '^[a-z_]+\.[a-z_]+\.v[0-9]+$')
);
create unique index event_by_position on event (position) where position is not null;
create index event_without_position on event (recorded_at) where position is null;
comment on table event is 'Append-only log of what happened; position is given after the commit by one sequencer.';

create table event_position (
    only_row boolean primary key default true,
    last_position bigint not null,
    constraint event_position_is_one_row check (only_row)
);
comment on table event_position is 'The last position given to an event.';
insert into event_position (last_position) values (0);

create table reader_cursor (
    reader text primary key,
    position bigint not null default 0,
    moved_at timestamptz not null default now(),
    last_error text,
    failures int not null default 0
);
comment on table reader_cursor is 'How far each reader of the event log has come.';

create table lease (
    name text primary key,
    holder text not null,
    expires_at timestamptz not null
);
comment on table lease is 'Who runs a thing of which only one may run.';

create table sweep_run (
    sweep text primary key,
    last_started_at timestamptz,
    last_finished_at timestamptz,
    last_count int,
    last_error text
);
comment on table sweep_run is 'When each scheduled sweep last ran and what came of it.';

create table job (
    bucket smallint not null,
    job_id uuid not null,
    kind text not null,
    key text not null,
    subject_id uuid not null,
    body jsonb not null,
    state text not null default 'ready',
    attempts int not null default 0,
    run_at timestamptz not null default now(),
    deadline_at timestamptz,
    lease_until timestamptz,
    leased_by text,
    result jsonb,
    last_error text,
    created_at timestamptz not null default now(),
    finished_at timestamptz,
    primary key (bucket, job_id),
    constraint job_once_per_key unique (bucket, kind, key),
    constraint job_state_is_known check (state in ('ready', 'running', 'done', 'dead', 'canceled')),
    constraint job_bucket_is_known check (bucket between 0 and 15)
);
create index job_to_claim on job (bucket, run_at) where state = 'ready';
create index job_running on job (bucket, lease_until) where state = 'running';
create index job_by_subject on job (subject_id);
create index job_by_end on job (finished_at) where state in ('done', 'canceled');
create index job_by_state on job (state, created_at) where state in ('dead', 'running', 'ready');
comment on table job is 'Single calls to the outside, each done once: claimed by bucket, retried, kept with its result.';

create table idempotency_key (
    api_key_id uuid not null,
    key text not null,
    route text not null,
    digest bytea not null,
    status int,
    answer bytea,
    created_at timestamptz not null default now(),
    lease_until timestamptz,
    primary key (api_key_id, key)
);
create index idempotency_key_by_age on idempotency_key (created_at);
comment on table idempotency_key is 'First answers to requests that carried an Idempotency-Key.';

-- 0002 identity ------------------------------------------------------------------------

-- Who may do what, and who did what.

create table role (
    role text primary key,
    title text not null,
    permissions text[] not null,
    built_in boolean not null default false,
    version int not null default 1,
    changed_at timestamptz not null default now()
);
comment on table role is 'Named sets of permissions; a small reference table. The built-in ones cannot be changed.';

create table api_key (
    api_key_id uuid primary key,
    prefix text not null,
    secret_sha256 bytea not null,
    name text not null,
    permissions text[] not null,
    roles text[] not null,
    channel_ids uuid[],
    location_ids uuid[],
    created_by text not null,
    created_at timestamptz not null,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    constraint api_key_prefix_is_unique unique (prefix)
);
comment on table api_key is 'Keys of programs. Only a digest of the secret is kept. No channels or locations means all of them.';

create table audit_log (
    audit_id uuid primary key,
    made_at timestamptz not null,
    actor text not null,
    action text not null,
    subject_kind text not null,
    subject_id text not null,
    request_id text,
    before jsonb,
    after jsonb
);
create index audit_log_by_subject on audit_log (subject_kind, subject_id, audit_id);
create index audit_log_by_actor on audit_log (actor, audit_id);
comment on table audit_log is 'What people and keys changed: how it was before and how it is after.';

insert into role (role, title, permissions, built_in)
values
('admin', 'Everything', array['*'], true),
(
    'operator', 'Runs the daily work: orders, stock, fulfillment, exceptions',
    array[
        'orders:write', 'orders:cancel', 'inventory:write', 'catalogue:read', 'customers:write', 'prices:read', 'payments:write',
        'fulfillment:write', 'routing:write', 'exceptions:write', 'events:read', 'jobs:read',
        'webhooks:read'
    ], true
),
(
    'channel', 'A shop or marketplace that places orders and asks for stock',
    array['orders:write', 'inventory:read', 'reservations:write', 'catalogue:read', 'prices:read', 'events:read'], true
),
(
    'warehouse', 'A location that picks, packs and ships',
    array['fulfillment:write', 'inventory:write', 'catalogue:read', 'orders:read'], true
),
('monitoring', 'Reads metrics', array['metrics:read'], true);

-- 0003 catalogue -----------------------------------------------------------------------

-- What is sold, where it lies, and on which channel it is sold. All small: reference tables.

create table catalogue_version (
    only_row boolean primary key default true,
    version bigint not null default 1,
    stamp uuid not null default gen_random_uuid(),
    constraint catalogue_version_is_one_row check (only_row)
);
comment on table catalogue_version is 'Moved by every change of SKUs, locations, groups, channels and methods, so that copies in memory know they are old.';
comment on column catalogue_version.stamp is 'Drawn anew with every move, so that a version that was rolled back is not taken for the one that took its number.';
insert into catalogue_version default values;

create table product (
    product_id uuid primary key,
    code text not null unique,
    title text not null,
    description text,
    brand text,
    attributes jsonb not null default '{}',
    version int not null default 1,
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now()
);

create table sku (
    sku_id uuid primary key,
    code text not null unique,
    product_id uuid references product (product_id),
    title text not null,
    barcodes text[] not null default '{}',
    kind text not null default 'physical',
    is_kit boolean not null default false,
    tax_class text not null default 'standard',
    weight_grams int,
    length_mm int,
    width_mm int,
    height_mm int,
    returnable boolean not null default true,
    backorder_cap int not null default 0,
    backorder_lead_days int,
    preorder_until date,
    active boolean not null default true,
    attributes jsonb not null default '{}',
    version int not null default 1,
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    constraint sku_kind_is_known check (kind in ('physical', 'digital', 'service')),
    constraint backorder_cap_is_not_negative check (backorder_cap >= 0),
    constraint measures_are_positive check (
        coalesce(weight_grams, 1) > 0 and coalesce(length_mm, 1) > 0
        and coalesce(width_mm, 1) > 0 and coalesce(height_mm, 1) > 0
    )
);
create index sku_by_product on sku (product_id);
create index sku_by_barcode on sku using gin (barcodes);
comment on column sku.backorder_cap is 'How many units may be promised beyond stock; also the cap of a pre-order.';
comment on column sku.preorder_until is 'Until this day orders wait for the release; stock is not promised before it.';

create table kit_component (
    kit_sku_id uuid not null references sku (sku_id),
    component_sku_id uuid not null references sku (sku_id),
    quantity int not null,
    primary key (kit_sku_id, component_sku_id),
    constraint component_quantity_is_positive check (quantity > 0),
    constraint kit_does_not_contain_itself check (kit_sku_id <> component_sku_id)
);

create table location (
    location_id uuid primary key,
    code text not null unique,
    name text not null,
    kind text not null,
    address jsonb not null,
    country text not null,
    latitude double precision,
    longitude double precision,
    time_zone text not null default 'UTC',
    opening_hours jsonb not null default '{}',
    cutoff_local time,
    processing_hours int not null default 24,
    daily_capacity int,
    can_ship boolean not null default true,
    can_pickup boolean not null default false,
    can_return boolean not null default true,
    priority int not null default 100,
    order_cost_minor int not null default 0,
    active boolean not null default true,
    version int not null default 1,
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    constraint location_kind_is_known check (kind in ('warehouse', 'store', 'drop_ship')),
    constraint coordinates_are_on_earth check (latitude between -90 and 90 and longitude between -180 and 180),
    constraint capacity_is_not_negative check (daily_capacity >= 0 and processing_hours >= 0)
);
comment on column location.opening_hours is 'Weekday (mon … sun) to a list of [opens, closes] in local time; absent means closed.';

create table location_group (
    location_group_id uuid primary key,
    code text not null unique,
    name text not null,
    version int not null default 1
);

create table location_group_member (
    location_group_id uuid not null references location_group (location_group_id),
    location_id uuid not null references location (location_id),
    primary key (location_group_id, location_id)
);
create index location_group_member_by_location on location_group_member (location_id);

create table channel (
    channel_id uuid primary key,
    code text not null unique,
    name text not null,
    kind text not null,
    currency text not null,
    location_group_id uuid not null references location_group (location_group_id),
    is_open boolean not null default true,
    stock_share_percent int not null default 100,
    stock_threshold int not null default 0,
    settings jsonb not null default '{}',
    version int not null default 1,
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    constraint channel_kind_is_known check (kind in ('web', 'marketplace', 'store', 'call_centre', 'agent')),
    constraint share_is_a_percentage check (stock_share_percent between 0 and 100),
    constraint threshold_is_not_negative check (stock_threshold >= 0)
);
comment on column channel.settings is 'How the channel captures: see ChannelSettings in the catalogue context.';

create table delivery_method (
    code text primary key,
    name text not null,
    kind text not null,
    carrier text,
    active boolean not null default true,
    version int not null default 1,
    constraint delivery_kind_is_known check (kind in ('ship', 'pickup', 'digital'))
);

create table transit_time (
    method_code text not null references delivery_method (code),
    from_country text not null,
    to_country text not null,
    min_days int not null,
    max_days int not null,
    cost_minor int not null default 0,
    currency text not null,
    primary key (method_code, from_country, to_country),
    constraint transit_days_are_ordered check (0 <= min_days and min_days <= max_days)
);
comment on table transit_time is 'Days and cost from country to country; * stands for any.';

-- 0004 customers -----------------------------------------------------------------------

-- Who buys. A guest is not a customer: the order keeps the buyer's name and address by itself.

create table customer (
    customer_id uuid primary key,
    name text,
    email text,
    email_verified boolean not null default false,
    phone text,
    language text,
    customer_group text,
    attributes jsonb not null default '{}',
    version int not null default 1,
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now()
);
create index customer_by_email on customer (lower(email));

create table customer_key (
    scope text not null,
    key text not null,
    customer_id uuid not null,
    linked_at timestamptz not null default now(),
    primary key (scope, key)
);
create index customer_key_by_customer on customer_key (customer_id);
comment on table customer_key is 'Identifiers that name one customer: scope is channel:<id> for external ids, or email for verified ones.';

-- 0005 inventory -----------------------------------------------------------------------

-- Stock: one balance row per SKU and location, moved only by movements, in the same statement.

create table stock_balance (
    sku_id uuid not null,
    location_id uuid not null references location (location_id),
    on_hand int not null default 0,
    allocated int not null default 0,
    reserved int not null default 0,
    safety_stock int not null default 0,
    version int not null default 1,
    changed_at timestamptz not null default now(),
    counted_as_of timestamptz,
    primary key (sku_id, location_id),
    constraint stock_is_not_negative check (on_hand >= 0 and allocated >= 0 and reserved >= 0 and safety_stock >= 0),
    constraint promised_within_on_hand check (allocated + reserved <= on_hand)
) with (fillfactor = 70);
create index stock_balance_by_location on stock_balance (location_id, sku_id);
comment on column stock_balance.counted_as_of is 'The time that the last count or feed of this place speaks of; older ones are stale.';

create table stock_movement (
    sku_id uuid not null,
    movement_id uuid not null default gen_random_uuid(),
    location_id uuid not null,
    kind text not null,
    on_hand_delta int not null default 0,
    allocated_delta int not null default 0,
    reserved_delta int not null default 0,
    cause_kind text not null,
    cause_id uuid,
    reason text,
    made_by text not null,
    made_at timestamptz not null,
    recorded_at timestamptz not null default now(),
    primary key (sku_id, movement_id),
    constraint movement_kind_is_known check (kind in (
        'received', 'reserved', 'allocated', 'released', 'shipped', 'returned', 'adjusted', 'transferred', 'counted'
    )),
    constraint movement_moves_something check (on_hand_delta <> 0 or allocated_delta <> 0 or reserved_delta <> 0)
);
create index stock_movement_by_place on stock_movement (sku_id, location_id, made_at, movement_id);
create index stock_movement_by_cause on stock_movement (cause_id);
comment on table stock_movement is 'The stock ledger: balances are the sums of these rows.';
comment on column stock_movement.made_at is 'When it happened; for a count or feed, the time it speaks of.';

create table reservation (
    sku_id uuid not null,
    owner_id uuid not null,
    line_no int not null,
    location_id uuid not null,
    quantity int not null,
    owner_kind text not null,
    channel_id uuid,
    expires_at timestamptz,
    made_at timestamptz not null,
    primary key (sku_id, owner_id, line_no, location_id),
    constraint reservation_is_positive check (quantity > 0),
    constraint reservation_owner_is_known check (owner_kind in ('cart', 'order', 'transfer')),
    constraint only_carts_expire check ((owner_kind = 'cart') = (expires_at is not null))
);
create index reservation_by_owner on reservation (owner_id);
create index reservation_by_expiry on reservation (expires_at) where expires_at is not null;
comment on table reservation is 'Stock set aside for a cart (with an expiry), a placed order or a transfer; the sum per place is the reserved part of the balance.';

create table allocation (
    sku_id uuid not null,
    fulfillment_order_id uuid not null,
    line_no int not null,
    location_id uuid not null,
    quantity int not null,
    made_at timestamptz not null,
    primary key (sku_id, fulfillment_order_id, line_no),
    constraint allocation_is_positive check (quantity > 0)
);
create index allocation_by_fulfillment_order on allocation (fulfillment_order_id);
create index allocation_by_location on allocation (location_id, sku_id);
comment on table allocation is 'Stock of one location set aside for one fulfillment order line; the sum per place is the allocated part of the balance.';

create table sku_backlog (
    sku_id uuid primary key,
    units int not null default 0,
    cap int not null,
    changed_at timestamptz not null default now(),
    constraint backlog_within_cap check (units >= 0 and units <= cap)
);
create index sku_backlog_waiting on sku_backlog (sku_id) where units > 0;
comment on table sku_backlog is 'Units of a SKU sold beyond stock (back-order or pre-order), and how many may be.';
comment on column sku_backlog.cap is 'The cap of the SKU when units were last added.';

create table backorder (
    sku_id uuid not null,
    owner_id uuid not null,
    line_no int not null,
    quantity int not null,
    kind text not null,
    channel_id uuid not null,
    promised_at timestamptz,
    queued_at timestamptz not null,
    per_unit int not null default 1,
    location_id uuid,
    primary key (sku_id, owner_id, line_no),
    constraint backorder_is_positive check (quantity > 0 and per_unit > 0),
    constraint backorder_kind_is_known check (kind in ('back_order', 'pre_order'))
);
create index backorder_by_owner on backorder (owner_id);
create index backorder_by_promise on backorder (sku_id, promised_at, queued_at);
comment on column backorder.location_id is 'The only place that can serve it: a pickup''s store; null: any that the channel sends from.';
comment on column backorder.per_unit is 'How many of the SKU one unit of the order line needs: above 1 only for components of kits.';
comment on table backorder is 'Order lines waiting for stock, filled in order of promise; the sum per SKU is its backlog.';

create table incoming_stock (
    sku_id uuid not null,
    incoming_id uuid not null,
    location_id uuid not null references location (location_id),
    quantity int not null,
    received int not null default 0,
    expected_on date not null,
    reference text,
    source_kind text not null default 'purchase',
    source_id uuid,
    closed_at timestamptz,
    made_at timestamptz not null default now(),
    version int not null default 1,
    primary key (sku_id, incoming_id),
    constraint incoming_is_positive check (quantity > 0 and received >= 0),
    constraint incoming_source_is_known check (source_kind in ('purchase', 'transfer')),
    constraint transfers_name_their_source check ((source_kind = 'transfer') <= (source_id is not null))
);
create index incoming_stock_open on incoming_stock (sku_id, expected_on) where closed_at is null;
create index incoming_stock_by_id on incoming_stock (incoming_id);
create index incoming_stock_by_source on incoming_stock (source_id) where source_id is not null;
comment on table incoming_stock is 'Units on their way to a location: bought, or in transit from another.';

create table channel_threshold (
    channel_id uuid not null,
    sku_id uuid not null,
    threshold int not null,
    primary key (sku_id, channel_id),
    constraint channel_threshold_is_not_negative check (threshold >= 0)
);
comment on table channel_threshold is 'Units of a SKU that a channel leaves unsold; overrides the channel''s own threshold.';

create table stock_transfer (
    transfer_id uuid primary key,
    from_location_id uuid not null references location (location_id),
    to_location_id uuid not null references location (location_id),
    state text not null default 'created',
    reference text,
    expected_on date not null,
    made_by text not null,
    made_at timestamptz not null,
    shipped_at timestamptz,
    closed_at timestamptz,
    version int not null default 1,
    constraint transfer_state_is_known check (state in ('created', 'shipped', 'received', 'canceled')),
    constraint transfer_moves_somewhere check (from_location_id <> to_location_id),
    constraint shipped_when_under_way check ((shipped_at is not null) = (state in ('shipped', 'received'))),
    constraint closed_when_over check ((closed_at is not null) = (state in ('received', 'canceled')))
);
create index stock_transfer_by_state on stock_transfer (state, transfer_id);
comment on table stock_transfer is 'Stock moved between locations: reserved when created, in transit when shipped, received in parts.';

create table stock_transfer_line (
    transfer_id uuid not null references stock_transfer (transfer_id),
    sku_id uuid not null,
    quantity int not null,
    shipped int not null default 0,
    received int not null default 0,
    lost int not null default 0,
    primary key (transfer_id, sku_id),
    constraint transfer_quantity_is_positive check (quantity > 0),
    constraint transfer_shipped_within_quantity check (shipped between 0 and quantity),
    constraint transfer_received_within_shipped check (received >= 0 and lost >= 0 and received + lost <= shipped)
);
comment on column stock_transfer_line.lost is 'Units that were shipped and will not arrive; known when the transfer is closed short.';

create table stock_feed_head (
    location_id uuid primary key references location (location_id),
    fed_at timestamptz not null
);
comment on table stock_feed_head is 'One row a location; who feeds or counts a location holds its lock, so that each sees what the one before did.';

create table stock_feed (
    location_id uuid not null references location (location_id),
    reference text not null,
    part int not null,
    feed_id uuid not null,
    mode text not null,
    as_of timestamptz not null,
    parts int not null,
    digest bytea not null,
    positions int not null,
    changed int not null,
    stale int not null,
    refused jsonb not null,
    made_by text not null,
    made_at timestamptz not null,
    primary key (location_id, reference, part),
    constraint feed_mode_is_known check (mode in ('snapshot', 'delta')),
    constraint feed_part_within_parts check (part between 1 and parts)
);
create index stock_feed_by_time on stock_feed (made_at);
comment on table stock_feed is 'Positions that a location reported, each part once, with what became of them.';

-- 0006 payments ------------------------------------------------------------------------

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

-- 0007 promotions ----------------------------------------------------------------------

-- Prices and promotion codes: enough to check what an order says it costs, and to price one.

create table price_list (
    price_list_id uuid primary key,
    code text not null unique,
    name text not null,
    currency text not null,
    channel_id uuid references channel (channel_id),
    customer_group text,
    priority int not null default 100,
    valid_from timestamptz,
    valid_until timestamptz,
    active boolean not null default true,
    version int not null default 1,
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    constraint price_list_ends_after_it_begins check (valid_from < valid_until)
);
comment on table price_list is 'Prices of one currency, for all channels and customers or one channel or customer group, for a time or always.';
comment on column price_list.priority is 'Of two lists that have a price, the one with the lower number counts.';

create table price (
    price_list_id uuid not null references price_list (price_list_id),
    sku_id uuid not null references sku (sku_id),
    min_quantity int not null default 1,
    unit_price numeric(18, 6) not null,
    changed_at timestamptz not null default now(),
    primary key (price_list_id, sku_id, min_quantity),
    constraint price_is_not_negative check (unit_price >= 0),
    constraint min_quantity_is_positive check (min_quantity >= 1)
);
create index price_by_sku on price (sku_id);
comment on column price.min_quantity is 'From how many units of the line on this price counts.';

create table promotion_code (
    promotion_code_id uuid primary key,
    code text not null unique,
    title text not null,
    percent numeric(7, 4),
    amount_minor bigint,
    currency text,
    minimum_minor bigint not null default 0,
    channel_ids uuid [] not null default '{}',
    valid_from timestamptz,
    valid_until timestamptz,
    most_uses int,
    most_uses_per_customer int,
    used int not null default 0,
    active boolean not null default true,
    version int not null default 1,
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    constraint code_is_upper_case check (code = upper(code)),
    constraint discount_is_percentage_or_amount check ((percent is null) <> (amount_minor is null)),
    constraint percentage_is_within_bounds check (percent > 0 and percent <= 100),
    constraint amount_is_positive check (amount_minor > 0 and minimum_minor >= 0),
    constraint amounts_have_a_currency check (currency is not null or (amount_minor is null and minimum_minor = 0)),
    constraint code_ends_after_it_begins check (valid_from < valid_until),
    constraint used_within_limit check (used >= 0 and used <= most_uses),
    constraint limits_are_positive check (most_uses > 0 and most_uses_per_customer > 0)
);
comment on column promotion_code.channel_ids is 'The channels it is good for; none means all.';
comment on column promotion_code.used is 'How many redemptions there are; kept in the statement that records them.';

create table promotion_redemption (
    promotion_code_id uuid not null references promotion_code (promotion_code_id),
    order_id uuid not null,
    customer_key text,
    discount_minor bigint not null,
    redeemed_at timestamptz not null,
    primary key (promotion_code_id, order_id)
);
create index promotion_redemption_by_order on promotion_redemption (order_id);
comment on column promotion_redemption.customer_key is 'Who used it, as the channel named them; null for a guest without an e-mail address.';

create table promotion_customer_use (
    promotion_code_id uuid not null references promotion_code (promotion_code_id),
    customer_key text not null,
    used int not null,
    primary key (promotion_code_id, customer_key),
    constraint customer_use_is_positive check (used > 0)
);

-- 0008 orders --------------------------------------------------------------------------

-- Orders: what was bought, in counters that only move within their limits; statuses are computed.

create sequence order_number_series start 100001;

create table order_key (
    scope text not null,
    key text not null,
    order_id uuid not null,
    primary key (scope, key)
);
comment on table order_key is 'Identifiers that name one order: scope is channel:<id> for external ids, or number.';

create table orders (
    order_id uuid primary key,
    order_number text not null,
    channel_id uuid not null references channel (channel_id),
    external_id text not null,
    digest bytea not null,
    currency text not null,
    tax_mode text not null,
    placed_at timestamptz not null,
    captured_at timestamptz not null,
    customer_id uuid,
    buyer jsonb not null,
    bill_to jsonb,
    goods_minor bigint not null,
    discount_minor bigint not null,
    shipping_minor bigint not null,
    fee_minor bigint not null,
    tax_minor bigint not null,
    total_minor bigint not null,
    canceled_minor bigint not null default 0,
    lifecycle text not null default 'placed',
    units_ordered int not null,
    units_canceled int not null default 0,
    units_allocated int not null default 0,
    units_in_progress int not null default 0,
    units_fulfilled int not null default 0,
    units_delivered int not null default 0,
    units_backordered int not null default 0,
    units_return_requested int not null default 0,
    units_returned int not null default 0,
    active_holds int not null default 0,
    group_holds int not null default 0,
    fulfillment_status text not null generated always as (
        case
            when units_fulfilled > 0 and units_delivered >= units_ordered - units_canceled then 'delivered'
            when units_fulfilled > 0 and units_fulfilled >= units_ordered - units_canceled then 'fulfilled'
            when units_fulfilled > 0 then 'partially_fulfilled'
            when units_in_progress > 0 then 'in_progress'
            when units_allocated > 0 then 'allocated'
            when units_backordered > 0 then 'backordered'
            else 'unfulfilled'
        end
    ) stored,
    return_status text not null generated always as (
        case
            when units_returned > 0 and units_returned >= units_fulfilled then 'returned'
            when units_returned > 0 then 'partially_returned'
            when units_return_requested > 0 then 'requested'
            else 'none'
        end
    ) stored,
    promised_at timestamptz,
    note text,
    tags text[] not null default '{}',
    attributes jsonb not null default '{}',
    closed_at timestamptz,
    canceled_at timestamptz,
    captured_by text not null default 'system:orders',
    version int not null default 1,
    constraint lifecycle_is_known check (lifecycle in ('placed', 'closed', 'canceled')),
    constraint tax_mode_is_known check (tax_mode in ('net', 'gross')),
    constraint order_units_within_ordered check (
        units_canceled >= 0 and units_allocated >= 0 and units_fulfilled >= 0
        and units_canceled + units_allocated + units_fulfilled <= units_ordered
    ),
    constraint order_units_in_progress_within_allocated check (units_in_progress between 0 and units_allocated),
    constraint order_units_delivered_within_fulfilled check (units_delivered between 0 and units_fulfilled),
    constraint order_returned_within_fulfilled check (
        units_return_requested >= 0 and units_returned >= 0 and units_return_requested + units_returned <= units_fulfilled
    ),
    constraint order_holds_are_not_negative check (group_holds >= 0 and group_holds <= active_holds),
    constraint order_backordered_within_ordered check (units_backordered between 0 and units_ordered),
    constraint order_total_is_not_negative check (total_minor >= 0),
    constraint order_canceled_within_total check (canceled_minor between 0 and total_minor)
) with (fillfactor = 80);
create index orders_by_channel on orders (channel_id, order_id);
create index orders_by_customer on orders (customer_id, order_id) where customer_id is not null;
create index orders_by_fulfillment on orders (fulfillment_status, order_id);
create index orders_open on orders (order_id) where lifecycle = 'placed';
create index orders_held on orders (order_id) where active_holds > 0;
create index orders_by_return on orders (return_status, order_id) where return_status <> 'none';
create index orders_canceled on orders (order_id) where lifecycle = 'canceled';
create index orders_by_tag on orders using gin (tags) where tags <> '{}';
create index orders_by_email on orders (lower(buyer ->> 'email'), order_id);

comment on column orders.canceled_minor is 'What canceled units are worth; the order costs total_minor without it.';
comment on column orders.active_holds is 'Active holds, those of single groups included; group_holds counts the latter.';

create table delivery_group (
    order_id uuid not null references orders (order_id),
    group_no int not null,
    key text not null,
    method_code text not null,
    ship_to jsonb not null,
    country text not null,
    shipping_minor bigint not null default 0,
    gift_message text,
    instructions text,
    requested_on date,
    promised_ship_by timestamptz,
    promised_at timestamptz,
    pickup_location_id uuid,
    routing_state text not null default 'to_route',
    route_after timestamptz not null,
    routing_attempts int not null default 0,
    routing_message text,
    active_holds int not null default 0,
    primary key (order_id, group_no),
    constraint group_holds_are_not_negative check (active_holds >= 0),
    constraint group_key_is_unique unique (order_id, key),
    constraint routing_state_is_known check (routing_state in ('to_route', 'waiting', 'routed', 'done'))
) with (fillfactor = 80);
create index delivery_group_to_route on delivery_group (route_after) where routing_state in ('to_route', 'waiting');
comment on column delivery_group.active_holds is 'Holds of this group alone; those of the whole order stop it too.';
comment on column delivery_group.routing_state is 'to_route: units wait for a location; waiting: nothing fitted, tried again after route_after.';

create table order_line (
    order_id uuid not null references orders (order_id),
    line_no int not null,
    group_no int not null,
    sku_id uuid,
    sku_code text not null,
    title text not null,
    kind text not null,
    is_kit boolean not null default false,
    unit_price numeric(20, 6) not null,
    amount_minor bigint not null,
    discount_minor bigint not null default 0,
    order_discount_minor bigint not null default 0,
    shipping_minor bigint not null default 0,
    fee_minor bigint not null default 0,
    tax_minor bigint not null default 0,
    shipping_tax_minor bigint not null default 0,
    total_minor bigint not null,
    canceled_minor bigint not null default 0,
    ordered int not null,
    canceled int not null default 0,
    allocated int not null default 0,
    fulfilled int not null default 0,
    delivered int not null default 0,
    return_requested int not null default 0,
    returned int not null default 0,
    promised_at timestamptz,
    external_id text,
    gift_message text,
    attributes jsonb not null default '{}',
    primary key (order_id, line_no),
    constraint ordered_is_positive check (ordered > 0),
    constraint fulfilled_within_ordered check (
        canceled >= 0 and allocated >= 0 and fulfilled >= 0 and canceled + allocated + fulfilled <= ordered
    ),
    constraint canceled_worth_within_total check (canceled_minor between 0 and total_minor),
    constraint delivered_within_fulfilled check (delivered between 0 and fulfilled),
    constraint returned_within_fulfilled check (
        return_requested >= 0 and returned >= 0 and return_requested + returned <= fulfilled
    ),
    constraint line_kind_is_known check (kind in ('physical', 'digital', 'service'))
) with (fillfactor = 80);
create index order_line_by_sku on order_line (sku_code, order_id);

create table order_line_component (
    order_id uuid not null,
    line_no int not null,
    sku_id uuid not null,
    per_unit int not null,
    primary key (order_id, line_no, sku_id),
    constraint component_per_unit_is_positive check (per_unit > 0)
);
comment on table order_line_component is 'What one unit of a kit line consisted of when it was ordered.';

create table order_charge (
    order_id uuid not null,
    charge_no int not null,
    line_no int,
    group_no int,
    kind text not null,
    code text not null,
    title text not null,
    amount_minor bigint not null,
    tax_minor bigint not null default 0,
    primary key (order_id, charge_no),
    constraint charge_kind_is_known check (kind in ('discount', 'fee', 'shipping'))
);
comment on table order_charge is 'Discounts, fees and shipping as the buyer saw them; the lines carry their shares.';

create table order_hold (
    order_id uuid not null,
    hold_id uuid not null,
    kind text not null,
    group_no int,
    reason text not null,
    facts jsonb not null default '{}',
    placed_by text not null,
    placed_at timestamptz not null,
    expires_at timestamptz,
    released_by text,
    released_at timestamptz,
    release_reason text,
    primary key (order_id, hold_id),
    constraint hold_kind_is_known check (kind in ('fraud', 'address', 'remorse', 'manual', 'unknown_sku', 'price', 'payment', 'policy')),
    constraint released_by_somebody check ((released_at is null) = (released_by is null))
);
create index order_hold_active on order_hold (kind, placed_at) where released_at is null;
create index order_hold_to_expire on order_hold (expires_at) where released_at is null and expires_at is not null;

create table order_note (
    order_id uuid not null,
    note_id uuid not null,
    text text not null,
    made_by text not null,
    made_at timestamptz not null,
    primary key (order_id, note_id)
);

create table promise (
    order_id uuid not null,
    group_no int not null,
    promise_no int not null,
    ship_by timestamptz,
    deliver_by timestamptz,
    basis jsonb not null,
    reason text not null,
    made_at timestamptz not null,
    primary key (order_id, group_no, promise_no)
);
comment on table promise is 'What the customer was told, and on what ground; never changed, only followed by another.';

create table change_order (
    order_id uuid not null references orders (order_id),
    change_order_id uuid not null,
    kind text not null,
    reason text not null,
    note text,
    value_minor bigint not null,
    currency text not null,
    made_by text not null,
    made_at timestamptz not null,
    primary key (order_id, change_order_id),
    constraint change_kind_is_known check (kind in ('cancel')),
    constraint change_value_is_not_negative check (value_minor >= 0)
);
comment on table change_order is 'What was changed after placement, append-only; the kind says how to read its lines.';

create table change_order_line (
    order_id uuid not null,
    change_order_id uuid not null,
    line_no int not null,
    quantity int not null,
    value_minor bigint not null,
    primary key (order_id, change_order_id, line_no),
    constraint changed_quantity_is_positive check (quantity > 0),
    constraint changed_value_is_not_negative check (value_minor >= 0)
);
comment on table change_order_line is 'Units of one order line that a change order moved, and what they are worth.';

-- 0009 fulfillment ---------------------------------------------------------------------

-- Fulfillment: work for one location, what left the building, and why the location was chosen.

create sequence fulfillment_order_series start 500001;

create table fulfillment_order_key (
    number text primary key,
    order_id uuid not null,
    fulfillment_order_id uuid not null
);
comment on table fulfillment_order_key is 'The numbers people see, each naming one fulfillment order.';

create table fulfillment_order (
    order_id uuid not null,
    fulfillment_order_id uuid not null,
    number text not null,
    group_no int not null,
    channel_id uuid not null,
    location_id uuid references location (location_id),
    method_code text not null,
    kind text not null,
    state text not null default 'open',
    ship_to jsonb not null,
    gift_message text,
    instructions text,
    load_day date,
    due_at timestamptz not null,
    ship_by timestamptz,
    promised_at timestamptz,
    pick_list_id uuid,
    pickup_code_hash bytea,
    pickup_attempts int not null default 0,
    vendor_reference text,
    reason text,
    created_at timestamptz not null,
    accepted_at timestamptz,
    picked_at timestamptz,
    packed_at timestamptz,
    shipped_at timestamptz,
    ready_at timestamptz,
    fulfilled_at timestamptz,
    rejected_at timestamptz,
    canceled_at timestamptz,
    version int not null default 1,
    primary key (order_id, fulfillment_order_id),
    constraint fulfillment_kind_is_known check (kind in ('ship', 'pickup', 'digital', 'drop_ship')),
    constraint fulfillment_state_is_known check (state in (
        'open', 'accepted', 'picked', 'packed', 'shipped', 'ready_for_pickup', 'fulfilled', 'rejected', 'canceled'
    )),
    constraint only_digital_needs_no_location check ((location_id is null) = (kind = 'digital')),
    constraint only_pickup_is_ready check (state <> 'ready_for_pickup' or kind = 'pickup'),
    constraint pickup_attempts_are_few check (pickup_attempts between 0 and 10)
) with (fillfactor = 70);
create index fulfillment_order_by_id on fulfillment_order (fulfillment_order_id);
create index fulfillment_order_by_location on fulfillment_order (location_id, fulfillment_order_id);
create index fulfillment_order_active on fulfillment_order (state, fulfillment_order_id)
where state in ('open', 'accepted', 'picked', 'packed', 'ready_for_pickup');
create index fulfillment_order_active_at on fulfillment_order (location_id, state, fulfillment_order_id)
where state in ('open', 'accepted', 'picked', 'packed', 'ready_for_pickup');
create index fulfillment_order_by_pick_list on fulfillment_order (pick_list_id) where pick_list_id is not null;
create index fulfillment_order_digital on fulfillment_order (created_at) where kind = 'digital' and state = 'open';
comment on column fulfillment_order.load_day is 'The day whose capacity of the location this work counts against.';
comment on column fulfillment_order.due_at is 'When the location should have shipped it, from its processing time, cut-off and hours.';

create table fulfillment_order_line (
    order_id uuid not null,
    fulfillment_order_id uuid not null,
    line_no int not null,
    order_line_no int not null,
    sku_id uuid not null,
    sku_code text not null,
    quantity int not null,
    per_unit int not null default 1,
    picked int not null default 0,
    packed int not null default 0,
    shipped int not null default 0,
    delivered int not null default 0,
    short int not null default 0,
    canceled int not null default 0,
    primary key (order_id, fulfillment_order_id, line_no),
    constraint sku_once_per_order_line unique (order_id, fulfillment_order_id, order_line_no, sku_id),
    constraint fulfillment_quantity_is_positive check (quantity > 0 and per_unit > 0 and quantity % per_unit = 0),
    constraint picked_within_quantity check (0 <= picked and picked <= quantity - short - canceled),
    constraint packed_within_picked check (0 <= packed and packed <= picked),
    constraint shipped_within_packed check (0 <= shipped and shipped <= packed),
    constraint delivered_within_shipped check (0 <= delivered and delivered <= shipped),
    constraint given_up_in_whole_units check (short >= 0 and canceled >= 0 and (short + canceled) % per_unit = 0)
) with (fillfactor = 70);
comment on table fulfillment_order_line is 'One SKU of one order line at one location. Still open: quantity - shipped - short - canceled.';
comment on column fulfillment_order_line.per_unit is 'How many of the SKU make one unit of the order line: above 1 only for components of kits.';

create table shipment (
    order_id uuid not null,
    shipment_id uuid not null,
    fulfillment_order_id uuid not null,
    state text not null default 'shipped',
    carrier text,
    service text,
    tracking_number text,
    amount_minor bigint not null,
    currency text not null,
    shipped_at timestamptz not null,
    shipped_by text not null,
    delivered_at timestamptz,
    voided_at timestamptz,
    primary key (order_id, shipment_id),
    constraint shipment_state_is_known check (state in ('shipped', 'delivered', 'voided')),
    constraint shipment_amount_is_not_negative check (amount_minor >= 0)
) with (fillfactor = 80);
create index shipment_by_id on shipment (shipment_id);

create table package (
    order_id uuid not null,
    package_id uuid not null,
    fulfillment_order_id uuid not null,
    shipment_id uuid,
    carrier text,
    tracking_number text,
    weight_grams int,
    length_mm int,
    width_mm int,
    height_mm int,
    packed_at timestamptz not null,
    scanned_at timestamptz,
    delivered_at timestamptz,
    primary key (order_id, package_id),
    constraint package_measures_are_positive check (
        coalesce(weight_grams, 1) > 0 and coalesce(length_mm, 1) > 0
        and coalesce(width_mm, 1) > 0 and coalesce(height_mm, 1) > 0
    ),
    constraint delivered_after_shipped check (delivered_at is null or shipment_id is not null)
) with (fillfactor = 80);
comment on column package.scanned_at is 'When the carrier first saw it; from then on the shipment cannot be undone.';

create table package_line (
    order_id uuid not null,
    package_id uuid not null,
    line_no int not null,
    quantity int not null,
    primary key (order_id, package_id, line_no),
    constraint packed_quantity_is_positive check (quantity > 0)
);

create table tracking_key (
    tracking_number text not null,
    carrier text not null,
    package_id uuid not null,
    order_id uuid not null,
    primary key (tracking_number, carrier, package_id)
);
comment on table tracking_key is 'Which packages travel under a tracking number; several may share one.';

create table tracking_event (
    tracking_number text not null,
    carrier text not null,
    carrier_event_id text not null,
    status text not null,
    occurred_at timestamptz not null,
    place text,
    message text,
    received_at timestamptz not null,
    applied_at timestamptz,
    primary key (tracking_number, carrier, carrier_event_id),
    constraint tracking_status_is_known check (status in (
        'label_created', 'picked_up', 'in_transit', 'out_for_delivery', 'delivered', 'delivery_failed', 'returned_to_sender'
    ))
);
create index tracking_event_to_apply on tracking_event (received_at) where applied_at is null;
comment on table tracking_event is 'What carriers say, each event once; it may come before the shipment is known.';

create table unship_credit (
    order_id uuid not null,
    line_no int not null,
    units int not null,
    primary key (order_id, line_no),
    constraint unship_credit_is_positive check (units > 0)
);
comment on table unship_credit is 'Units of an order line that were announced as shipped and taken back; shipping them again is charged with nothing.';

create table routing_decision (
    order_id uuid not null,
    decision_id uuid not null,
    group_no int not null,
    outcome text not null,
    reason text not null,
    chosen jsonb not null,
    candidates jsonb not null,
    facts jsonb not null,
    policy_name text not null,
    policy_version int not null,
    decided_at timestamptz not null,
    primary key (order_id, decision_id),
    constraint routing_outcome_is_known check (outcome in ('routed', 'part_routed', 'waiting'))
);
comment on table routing_decision is 'Why a delivery group went where it went: every candidate with its scores and the reason it lost.';

create table location_exclusion (
    order_id uuid not null,
    group_no int not null,
    location_id uuid not null references location (location_id),
    reason text not null,
    made_by text not null,
    made_at timestamptz not null,
    primary key (order_id, group_no, location_id)
);
comment on table location_exclusion is 'Locations that will not be asked again for a delivery group, after a rejection or a short pick.';

create table location_load (
    location_id uuid not null references location (location_id),
    day date not null,
    assigned int not null,
    capacity int,
    changed_at timestamptz not null,
    primary key (location_id, day),
    constraint load_is_not_negative check (assigned >= 0),
    constraint assigned_within_capacity check (assigned <= capacity)
) with (fillfactor = 60);
comment on table location_load is 'Fulfillment orders given to a location for a day; capacity is its limit when the last was given.';

create table pick_list (
    pick_list_id uuid primary key,
    number text not null unique,
    location_id uuid not null references location (location_id),
    made_by text not null,
    made_at timestamptz not null
);
create sequence pick_list_series start 1001;
create index pick_list_by_location on pick_list (location_id, pick_list_id);
comment on table pick_list is 'A walk through one location for many fulfillment orders; its lines are their lines still to pick.';

-- 0010 webhooks ------------------------------------------------------------------------

-- Events told to others: endpoints, their secrets, what is to be sent, what was sent and what came of it.

create table webhook_endpoint (
    endpoint_id uuid primary key,
    url text not null,
    description text not null default '',
    events text[] not null,
    patterns text[] not null,
    channel_ids uuid[],
    state text not null default 'active',
    reason text,
    from_position bigint not null,
    failures int not null default 0,
    failing_since timestamptz,
    quiet_until timestamptz,
    created_by text not null,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    version int not null default 1,
    constraint webhook_endpoint_state_is_known check (state in ('active', 'paused', 'deleted')),
    constraint webhook_endpoint_wants_something check (cardinality(events) > 0 and cardinality(events) = cardinality(patterns)),
    constraint failing_when_failures check ((failures > 0) = (failing_since is not null))
);
comment on table webhook_endpoint is 'Where events are sent: which names (globs, and LIKE patterns), of which channels, since when.';

create table webhook_secret (
    endpoint_id uuid not null references webhook_endpoint (endpoint_id),
    secret_id uuid not null,
    sealed bytea not null,
    made_at timestamptz not null,
    expires_at timestamptz,
    primary key (endpoint_id, secret_id)
);
comment on table webhook_secret is 'Signing secrets, sealed under the master key; a rotated one signs on until it expires.';

create table webhook_delivery (
    endpoint_id uuid not null references webhook_endpoint (endpoint_id),
    delivery_id uuid not null,
    event_id uuid not null,
    subject_id uuid not null,
    event_name text not null,
    position bigint not null,
    state text not null,
    round int not null default 0,
    tries int not null default 0,
    attempts int not null default 0,
    created_at timestamptz not null,
    next_attempt_at timestamptz,
    settled_at timestamptz,
    last_status int,
    last_error text,
    primary key (endpoint_id, delivery_id),
    constraint webhook_event_once_per_endpoint unique (endpoint_id, event_id),
    constraint webhook_delivery_state_is_known check (state in ('pending', 'held', 'delivered', 'failed', 'canceled')),
    constraint webhook_tries_within_attempts check (tries between 0 and attempts),
    constraint webhook_delivery_settled_when_over check ((state in ('delivered', 'failed', 'canceled')) = (settled_at is not null))
);
create index webhook_delivery_by_id on webhook_delivery (delivery_id);
create index webhook_delivery_by_position on webhook_delivery (endpoint_id, position);
create index webhook_delivery_undelivered on webhook_delivery (endpoint_id, state, delivery_id) where state <> 'delivered';
comment on table webhook_delivery is 'One event for one endpoint; only the job of its present round settles it.';

create table webhook_attempt (
    endpoint_id uuid not null,
    delivery_id uuid not null,
    attempt_no int not null,
    round int not null,
    started_at timestamptz not null,
    duration_ms int not null,
    url text not null,
    address text,
    status_code int,
    error text,
    response_body text,
    retry_after_seconds int,
    primary key (endpoint_id, delivery_id, attempt_no),
    constraint attempt_belongs_to_a_delivery foreign key (endpoint_id, delivery_id) references webhook_delivery (endpoint_id, delivery_id)
);
comment on table webhook_attempt is 'Each call that was made or refused, and what came back; bodies are cut at 4 KiB.';

-- 0011 exceptions ----------------------------------------------------------------------

-- What needs a person.

create table process_exception (
    exception_id uuid primary key,
    category text not null,
    severity text not null default 'high',
    status text not null default 'open',
    subject_kind text not null,
    subject_id uuid,
    order_id uuid,
    message text not null,
    facts jsonb not null default '{}',
    step text,
    owner text,
    opened_at timestamptz not null,
    resolved_at timestamptz,
    resolved_by text,
    resolution text,
    version int not null default 1,
    constraint exception_category_is_known check (category in ('capture', 'payment', 'routing', 'fulfillment', 'invoicing', 'webhook', 'import', 'integration')),
    constraint exception_status_is_known check (status in ('open', 'resolved', 'ignored')),
    constraint exception_severity_is_known check (severity in ('low', 'high')),
    constraint resolved_when_not_open check ((status = 'open') = (resolved_at is null))
);
create index process_exception_open on process_exception (category, opened_at) where status = 'open';
create index process_exception_by_order on process_exception (order_id) where order_id is not null;
create index process_exception_by_subject on process_exception (subject_kind, subject_id) where status = 'open';

-- 0012 imports -------------------------------------------------------------------------

-- How far the import of a file has come, so that one that was stopped goes on where it was.

create table import_file (
    digest bytea primary key,
    kind text not null,
    name text not null,
    records bigint not null default 0,
    made bigint not null default 0,
    known bigint not null default 0,
    refused bigint not null default 0,
    rejected_bytes bigint not null default 0,
    started_at timestamptz not null,
    changed_at timestamptz not null,
    finished_at timestamptz,
    constraint import_counts_every_record check (made + known + refused = records),
    constraint rejected_bytes_are_not_negative check (rejected_bytes >= 0)
);
comment on table import_file is 'One row a file, known by a digest of its bytes and of how they are read.';
comment on column import_file.known is 'Records that stood before, as they are.';
comment on column import_file.rejected_bytes is 'How long the file of rejected records was when this was written; more than that is done again.';
