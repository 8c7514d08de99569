-- Take prices away, move the version of their lists, and announce each list; return those that were there.
with asked as (
    select * from unnest($1::uuid [], $2::uuid [], $3::int []) with ordinality
    as a (price_list_id, sku_id, min_quantity, row_no)
), removed as (
    delete from price as p
    using asked as a
    where a.price_list_id = p.price_list_id and a.sku_id = p.sku_id and a.min_quantity = p.min_quantity
    returning a.row_no, p.price_list_id, p.unit_price
), moved as (
    update price_list as l set version = l.version + 1, changed_at = $4
    where l.price_list_id in (select price_list_id from removed)
    returning l.price_list_id, l.code, l.name, l.currency, l.channel_id, l.active, l.version
), announced as (
    insert into event (name, subject_id, subject_version, channel_id, occurred_at, body)
    select
        'price_list.changed.v1',
        price_list_id,
        version,
        channel_id,
        $4,
        jsonb_build_object(
            'price_list_id', price_list_id, 'code', code, 'name', name, 'currency', currency, 'active', active,
            'changed_by', $5::text
        )
    from moved
)
select
    row_no,
    unit_price
from removed
