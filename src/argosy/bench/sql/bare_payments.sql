-- The baseline of capture: one payment for each order.
insert into payment (order_id, payment_no, gateway, method, currency, amount_minor, authorization_ref, authorized_minor, created_at)
select order_id, 1, 'manual', 'card', 'GBP', total, reference, total, $1
  from unnest($2::uuid[], $3::bigint[], $4::text[]) as p (order_id, total, reference)
