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
