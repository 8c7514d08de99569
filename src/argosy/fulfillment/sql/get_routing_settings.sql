-- The routing settings as they were saved, if they ever were.
select value
from setting
where name = 'routing'
