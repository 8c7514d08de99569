-- Open a pick list at a location for fulfillment orders that are locked.
with made as (
    insert into pick_list (pick_list_id, number, location_id, made_by, made_at)
    values ($1, 'P' || nextval('pick_list_series'), $2, $5, $6)
    returning number
), listed as (
    update fulfillment_order as f
    set pick_list_id = $1, version = f.version + 1
    from unnest($3::uuid [], $4::uuid []) as l (order_id, fulfillment_order_id)
    where f.order_id = l.order_id and f.fulfillment_order_id = l.fulfillment_order_id
)
select number from made
