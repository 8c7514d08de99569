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
