-- All roles, or those that are named.
select
    role,
    title,
    permissions,
    built_in,
    version
from role
where $1::text [] is null or role = any($1)
order by role
