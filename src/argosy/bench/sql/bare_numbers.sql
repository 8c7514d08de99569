-- The baseline of capture: numbers for some orders.
select nextval('order_number_series')::text from generate_series(1, $1::int)
