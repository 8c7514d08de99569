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
