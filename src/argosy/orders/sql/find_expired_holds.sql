-- Holds whose time is up.
select
    order_id,
    hold_id
from order_hold
where released_at is null and expires_at is not null and expires_at <= $1
order by expires_at
limit $2
