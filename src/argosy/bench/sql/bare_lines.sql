-- The baseline of capture: the lines of orders.
insert into order_line (
    order_id, line_no, group_no, sku_id, sku_code, title, kind, unit_price, amount_minor, tax_minor, total_minor,
    ordered, promised_at
)
select order_id, line_no, 1, sku_id, sku_code, title, 'physical', unit_price::numeric, amount, tax, amount, ordered, $1
  from unnest($2::uuid[], $3::int[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[], $10::int[])
    as l (order_id, line_no, sku_id, sku_code, title, unit_price, amount, tax, ordered)
