-- The baseline of capture: the gateway's reference of each authorization.
insert into gateway_reference (gateway, reference, kind, order_id, movement_id)
select 'manual', reference, 'authorize', order_id, movement_id
  from unnest($1::text[], $2::uuid[], $3::uuid[]) as r (reference, order_id, movement_id)
