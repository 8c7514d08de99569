-- The baseline of capture: orders.
insert into orders (
    order_id, order_number, channel_id, external_id, digest, currency, tax_mode, placed_at, captured_at, customer_id,
    buyer, bill_to, goods_minor, discount_minor, shipping_minor, fee_minor, tax_minor, total_minor, units_ordered,
    promised_at
)
select order_id, order_number, $1, external_id, digest, 'GBP', 'gross', $2, $2, customer_id, buyer, bill_to,
       total, 0, 0, 0, tax, total, units, $3
  from unnest($4::uuid[], $5::text[], $6::text[], $7::bytea[], $8::uuid[], $9::jsonb[], $10::jsonb[], $11::bigint[],
              $12::bigint[], $13::int[])
    as o (order_id, order_number, external_id, digest, customer_id, buyer, bill_to, total, tax, units)
