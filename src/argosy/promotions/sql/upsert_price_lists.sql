-- Make or change price lists by code, and announce each.
with stored as (
    insert into price_list as p (
        price_list_id, code, name, currency, channel_id, customer_group, priority, valid_from, valid_until, active,
        created_at, changed_at
    )
    select
        price_list_id,
        code,
        name,
        currency,
        channel_id,
        customer_group,
        priority,
        valid_from,
        valid_until,
        active,
        $2,
        $2
    from jsonb_to_recordset($1::jsonb) as r (
        price_list_id uuid, code text, name text, currency text, channel_id uuid, customer_group text, priority int,
        valid_from timestamptz, valid_until timestamptz, active boolean
    )
    order by code
    on conflict (code) do update set
        name = excluded.name,
        currency = excluded.currency,
        channel_id = excluded.channel_id,
        customer_group = excluded.customer_group,
        priority = excluded.priority,
        valid_from = excluded.valid_from,
        valid_until = excluded.valid_until,
        active = excluded.active,
        version = p.version + 1,
        changed_at = excluded.changed_at
    returning p.price_list_id, p.code, p.name, p.currency, p.channel_id, p.active, p.version
), announced as (
    insert into event (name, subject_id, subject_version, channel_id, occurred_at, body)
    select
        'price_list.changed.v1',
        price_list_id,
        version,
        channel_id,
        $2,
        jsonb_build_object(
            'price_list_id', price_list_id, 'code', code, 'name', name, 'currency', currency, 'active', active,
            'changed_by', $3::text
        )
    from stored
)
select
    code,
    price_list_id as subject_id,
    version
from stored
