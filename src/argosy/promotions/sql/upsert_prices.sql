-- Set prices, move the version of their lists, and announce each list; say which prices were new or other before.
with asked as (
    select * from unnest($1::uuid [], $2::uuid [], $3::int [], $4::numeric []) with ordinality
    as a (price_list_id, sku_id, min_quantity, unit_price, row_no)
), before as (
    select
        a.row_no,
        p.unit_price
    from asked as a
    inner join price as p
        on a.price_list_id = p.price_list_id and a.sku_id = p.sku_id and a.min_quantity = p.min_quantity
), stored as (
    insert into price as p (price_list_id, sku_id, min_quantity, unit_price, changed_at)
    select
        price_list_id,
        sku_id,
        min_quantity,
        unit_price,
        $5
    from asked
    order by price_list_id, sku_id, min_quantity
    on conflict (price_list_id, sku_id, min_quantity) do update set
        unit_price = excluded.unit_price,
        changed_at = excluded.changed_at
    where p.unit_price <> excluded.unit_price
    returning p.price_list_id
), moved as (
    update price_list as l set version = l.version + 1, changed_at = $5
    where l.price_list_id in (select price_list_id from stored)
    returning l.price_list_id, l.code, l.name, l.currency, l.channel_id, l.active, l.version
), announced as (
    insert into event (name, subject_id, subject_version, channel_id, occurred_at, body)
    select
        'price_list.changed.v1',
        price_list_id,
        version,
        channel_id,
        $5,
        jsonb_build_object(
            'price_list_id', price_list_id, 'code', code, 'name', name, 'currency', currency, 'active', active,
            'changed_by', $6::text
        )
    from moved
)
select
    a.row_no,
    b.unit_price as before
from asked as a
left join before as b on a.row_no = b.row_no
order by a.row_no
