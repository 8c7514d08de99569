-- The next order numbers; unused ones leave gaps, which is fine for orders.
select nextval('order_number_series') from generate_series(1, $1)
