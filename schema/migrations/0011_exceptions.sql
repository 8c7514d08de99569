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
