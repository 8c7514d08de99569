-- Close transfers that never left; their reservations are released in the same transaction.
update stock_transfer
set state = 'canceled', closed_at = $2, version = version + 1
where transfer_id = any($1::uuid []) and state = 'created'
