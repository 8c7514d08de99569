-- Who buys. A guest is not a customer: the order keeps the buyer's name and address by itself.

create table customer (
    customer_id uuid primary key,
    name text,
    email text,
    email_verified boolean not null default false,
    phone text,
    language text,
    customer_group text,
    attributes jsonb not null default '{}',
    version int not null default 1,
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now()
);
create index customer_by_email on customer (lower(email));

create table customer_key (
    scope text not null,
    key text not null,
    customer_id uuid not null,
    linked_at timestamptz not null default now(),
    primary key (scope, key)
);
create index customer_key_by_customer on customer_key (customer_id);
comment on table customer_key is 'Identifiers that name one customer: scope is channel:<id> for external ids, or email for verified ones.';
