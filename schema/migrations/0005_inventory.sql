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
