-- Make or change channels by code, announce each, and move the catalogue's version.
with asked as (
    select *
    from jsonb_to_recordset($1::jsonb) as r (
        channel_id uuid, code text, name text, kind text, currency text, location_group_id uuid, is_open boolean,
        stock_share_percent int, stock_threshold int, settings jsonb
    )
), stored as (
    insert into channel (
        channel_id, code, name, kind, currency, location_group_id, is_open, stock_share_percent, stock_threshold, settings,
        created_at, changed_at
    )
    select
        channel_id,
        code,
        name,
        kind,
        currency,
        location_group_id,
        is_open,
        stock_share_percent,
        stock_threshold,
        settings,
        $2,
        $2
    from asked
    on conflict (code) do update set
        name = excluded.name,
        kind = excluded.kind,
        currency = excluded.currency,
        location_group_id = excluded.location_group_id,
        is_open = excluded.is_open,
        stock_share_percent = excluded.stock_share_percent,
        stock_threshold = excluded.stock_threshold,
        settings = excluded.settings,
        version = channel.version + 1,
        changed_at = excluded.changed_at
    returning channel_id, code, name, kind, is_open, version
), moved as (
    update catalogue_version set version = version + 1, stamp = gen_random_uuid()
    where exists (select 1 from stored)
), announced as (
    insert into event (name, subject_id, subject_version, channel_id, occurred_at, body)
    select
        'channel.changed.v1',
        channel_id,
        version,
        channel_id,
        $2,
        jsonb_build_object(
            'channel_id', channel_id, 'code', code, 'name', name, 'kind', kind, 'is_open', is_open, 'changed_by', $3::text
        )
    from stored
)
select
    code,
    version
from stored
