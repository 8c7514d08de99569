-- Make or change promotion codes by code, and announce each; how often one was used stays.
with stored as (
    insert into promotion_code as p (
        promotion_code_id, code, title, percent, amount_minor, currency, minimum_minor, channel_ids, valid_from, valid_until,
        most_uses, most_uses_per_customer, active, created_at, changed_at
    )
    select
        promotion_code_id,
        code,
        title,
        percent,
        amount_minor,
        currency,
        minimum_minor,
        channel_ids,
        valid_from,
        valid_until,
        most_uses,
        most_uses_per_customer,
        active,
        $2,
        $2
    from jsonb_to_recordset($1::jsonb) as r (
        promotion_code_id uuid, code text, title text, percent numeric, amount_minor bigint, currency text,
        minimum_minor bigint, channel_ids uuid [], valid_from timestamptz, valid_until timestamptz, most_uses int,
        most_uses_per_customer int, active boolean
    )
    order by code
    on conflict (code) do update set
        title = excluded.title,
        percent = excluded.percent,
        amount_minor = excluded.amount_minor,
        currency = excluded.currency,
        minimum_minor = excluded.minimum_minor,
        channel_ids = excluded.channel_ids,
        valid_from = excluded.valid_from,
        valid_until = excluded.valid_until,
        most_uses = excluded.most_uses,
        most_uses_per_customer = excluded.most_uses_per_customer,
        active = excluded.active,
        version = p.version + 1,
        changed_at = excluded.changed_at
    returning p.promotion_code_id, p.code, p.title, p.active, p.version
), announced as (
    insert into event (name, subject_id, subject_version, occurred_at, body)
    select
        'promotion_code.changed.v1',
        promotion_code_id,
        version,
        $2,
        jsonb_build_object(
            'promotion_code_id', promotion_code_id, 'code', code, 'title', title, 'active', active, 'changed_by', $3::text
        )
    from stored
)
select
    code,
    promotion_code_id as subject_id,
    version
from stored
