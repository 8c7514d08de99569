-- The baseline of capture: the event of each order.
insert into event (name, subject_id, subject_version, channel_id, occurred_at, body)
select 'order.placed.v1', order_id, 1, $1, $2, body from unnest($3::uuid[], $4::jsonb[]) as e (order_id, body)
