-- The baseline of capture: the movements of reserved units.
insert into stock_movement (sku_id, location_id, kind, reserved_delta, cause_kind, cause_id, made_by, made_at)
select sku_id, $1, 'reserved', sum(quantity), 'order', order_id, $2, $3
  from unnest($4::uuid[], $5::uuid[], $6::int[]) as m (sku_id, order_id, quantity) group by sku_id, order_id
