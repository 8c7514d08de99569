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
