-- Set the safety stock of places; without a location, wherever the SKU lies, without a SKU, of all that lies there. How many each set.
with asked as materialized (
    select *
    from unnest($1::uuid [], $2::uuid [], $3::int []) with ordinality as a (sku_id, location_id, quantity, row_no)
), places as (
    select
        sku_id,
        location_id,
        quantity,
        row_no
    from asked
    where sku_id is not null and location_id is not null
    union all
    select
        b.sku_id,
        b.location_id,
        a.quantity,
        a.row_no
    from asked as a
    inner join stock_balance as b on a.sku_id = b.sku_id
    where a.location_id is null
    union all
    select
        b.sku_id,
        b.location_id,
        a.quantity,
        a.row_no
    from asked as a
    inner join stock_balance as b on a.location_id = b.location_id
    where a.sku_id is null
), chosen as materialized (  -- The last row that names a place wins.
    select distinct on (sku_id, location_id)
        sku_id,
        location_id,
        quantity,
        row_no
    from places
    order by sku_id asc, location_id asc, row_no desc
), written as (
    insert into stock_balance as b (sku_id, location_id, safety_stock, changed_at)
    select
        sku_id,
        location_id,
        quantity,
        $4
    from chosen
    order by sku_id, location_id
    on conflict (sku_id, location_id) do update
    set safety_stock = excluded.safety_stock, version = b.version + 1, changed_at = $4
    where b.safety_stock <> excluded.safety_stock
)
select count(c.sku_id)::int as places
from asked as a
left join chosen as c on a.row_no = c.row_no
group by a.row_no
order by a.row_no
