-- Let the locations that were excluded for an order be asked again.
delete from location_exclusion
where order_id = $1
