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
