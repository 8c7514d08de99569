-- Since when the captures of a gateway are to be compared with ours.
insert into gateway_watch (gateway, watched_until)
values ($1, $2::timestamptz - interval '1 day')
on conflict (gateway) do update
set watched_until = gateway_watch.watched_until
returning watched_until
