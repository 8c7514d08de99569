-- Promotion codes by code, locked in one order so that what is decided on stays so.
select
    promotion_code_id,
    code,
    title,
    percent,
    amount_minor,
    currency,
    minimum_minor,
    channel_ids,
    valid_from,
    valid_until,
    most_uses,
    most_uses_per_customer,
    used,
    active,
    version
from promotion_code
where code = any($1::text [])
order by promotion_code_id
for no key update
