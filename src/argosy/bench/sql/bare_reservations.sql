-- The baseline of capture: the reservations of order lines.
insert into reservation (sku_id, owner_id, line_no, location_id, quantity, owner_kind, made_at)
select sku_id, order_id, line_no, $1, quantity, 'order', $2
  from unnest($3::uuid[], $4::uuid[], $5::int[], $6::int[]) as r (sku_id, order_id, line_no, quantity)
