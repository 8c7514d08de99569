-- The baseline of capture: one delivery group for each order.
insert into delivery_group (order_id, group_no, key, method_code, ship_to, country, promised_ship_by, promised_at, route_after)
select order_id, 1, 'g1', 'standard', ship_to, 'GB', $1, $2, $3 from unnest($4::uuid[], $5::jsonb[]) as g (order_id, ship_to)
