-- Note until when the captures of a gateway were compared with ours.
update gateway_watch
set watched_until = greatest(watched_until, $2)
where gateway = $1
