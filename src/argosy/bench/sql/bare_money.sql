-- The baseline of capture: the sums of orders.
insert into order_money (order_id, currency, total_minor, authorized_minor, changed_at)
select order_id, 'GBP', total, total, $1 from unnest($2::uuid[], $3::bigint[]) as m (order_id, total)
