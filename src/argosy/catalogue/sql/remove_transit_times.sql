-- Take transit times away, and move the catalogue's version.
with removed as (
    delete from transit_time as t
    using unnest($1::text [], $2::text [], $3::text []) as k (method_code, from_country, to_country)
    where t.method_code = k.method_code and t.from_country = k.from_country and t.to_country = k.to_country
    returning t.method_code
), moved as (
    update catalogue_version set version = version + 1, stamp = gen_random_uuid()
    where exists (select 1 from removed)
)
select count(*) as removed from removed
