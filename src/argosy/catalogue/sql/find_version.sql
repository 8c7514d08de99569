-- Which database this is, and the state of its catalogue, moved by every change.
select
    d.oid::bigint as place,
    v.version,
    v.stamp
from catalogue_version as v
inner join pg_database as d on d.datname = current_database()
