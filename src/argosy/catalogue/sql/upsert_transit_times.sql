-- Make or change transit times by method and countries, and move the catalogue's version.
with stored as (
    insert into transit_time (method_code, from_country, to_country, min_days, max_days, cost_minor, currency)
    select
        method_code,
        from_country,
        to_country,
        min_days,
        max_days,
        cost_minor,
        currency
    from jsonb_to_recordset($1::jsonb) as r (
        method_code text, from_country text, to_country text, min_days int, max_days int, cost_minor int, currency text
    )
    on conflict (method_code, from_country, to_country) do update set
        min_days = excluded.min_days,
        max_days = excluded.max_days,
        cost_minor = excluded.cost_minor,
        currency = excluded.currency
    returning method_code
), moved as (
    update catalogue_version set version = version + 1, stamp = gen_random_uuid()
    where exists (select 1 from stored)
)
select count(*) as stored from stored
