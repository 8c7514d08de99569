-- Price lists by code, a page after one; or one by id.
select
    l.price_list_id,
    l.code,
    l.name,
    l.currency,
    c.code as channel,
    l.customer_group,
    l.priority,
    l.valid_from,
    l.valid_until,
    l.active,
    l.version
from price_list as l
left join channel as c on l.channel_id = c.channel_id
where
    ($1::text is null or l.code > $1)
    and ($2::uuid is null or l.price_list_id = $2)
order by l.code
limit $3
