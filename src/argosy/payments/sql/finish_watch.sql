-- Note until when the captures of a gateway were compared with ours.
insert into gateway_watch (gateway, watched_until)
values ($1, $2)
on conflict (gateway) do update
set watched_until = greatest(gateway_watch.watched_until, excluded.watched_until)
