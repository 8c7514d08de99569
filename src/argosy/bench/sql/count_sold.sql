-- How many orders of a run stand, how many units of a SKU they sold, and how many units are promised beyond what is there.
select
    (select count(*) from orders where starts_with(external_id, $1))::int as orders,
    (
        select coalesce(sum(l.ordered), 0)
        from order_line as l
        inner join orders as o on l.order_id = o.order_id
        where starts_with(o.external_id, $1) and l.sku_id = $2
    )::int as units,
    (select coalesce(sum(greatest(0, allocated + reserved - on_hand)), 0) from stock_balance)::int as beyond
