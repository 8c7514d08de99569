-- How far the demo is, and whether the database has orders at all.
select
    (select value from setting where name = 'demo') as state,
    (select count(*) from (select from orders limit 1) as o) = 1 as has_orders
