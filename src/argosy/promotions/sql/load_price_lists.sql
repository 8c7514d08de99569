-- Price lists by code.
select
    price_list_id,
    code,
    name,
    currency,
    channel_id,
    customer_group,
    priority,
    valid_from,
    valid_until,
    active,
    version
from price_list
where code = any($1::text [])
