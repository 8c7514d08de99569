-- Change quantity or date of what is on its way, or close it; transfers change by themselves.
update incoming_stock
set
    quantity = coalesce($2, quantity),
    expected_on = coalesce($3, expected_on),
    closed_at = case when $4 or received >= coalesce($2, quantity) then $5::timestamptz end,
    version = version + 1
where incoming_id = $1 and closed_at is null and source_kind = 'purchase'
returning *
