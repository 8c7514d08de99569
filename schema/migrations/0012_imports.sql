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
