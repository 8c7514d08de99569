-- Until when the captures of each gateway were compared with ours.
select
    gateway,
    watched_until
from gateway_watch
