-- The baseline of capture: one promise for each order.
insert into promise (order_id, group_no, promise_no, ship_by, deliver_by, basis, reason, made_at)
select order_id, 1, 1, $1, $2, '{"locations": ["L001"]}', 'placed', $3 from unnest($4::uuid[]) as p (order_id)
