-- Which database this is, and the version of its catalogue, moved by every change.
select
    current_database() || ':' || coalesce(inet_server_port(), 0) as place,
    version
from catalogue_version
