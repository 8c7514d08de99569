-- Replace the tags of an order, if it still is as the caller saw it.
update orders
set tags = $2, version = version + 1
where order_id = $1 and ($3::int is null or version = $3)
returning version
