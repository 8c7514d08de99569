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
