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
