-- The baseline of capture: the keys of some orders: external id and number.
insert into order_key (scope, key, order_id)
select 'channel:' || $1::text, external_id, order_id from unnest($2::text[], $3::uuid[]) as k (external_id, order_id)
union all
select 'number', number, order_id from unnest($4::text[], $3::uuid[]) as k (number, order_id)
