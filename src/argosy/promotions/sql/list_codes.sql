-- Promotion codes by code, a page after one; or one by id.
select
    p.promotion_code_id,
    p.code,
    p.title,
    p.percent,
    p.amount_minor,
    p.currency,
    p.minimum_minor,
    (
        select coalesce(array_agg(c.code order by c.code), '{}')
        from channel as c
        where c.channel_id = any(p.channel_ids)
    ) as channels,
    p.valid_from,
    p.valid_until,
    p.most_uses,
    p.most_uses_per_customer,
    p.used,
    p.active,
    p.version
from promotion_code as p
where
    ($1::text is null or p.code > $1)
    and ($2::uuid is null or p.promotion_code_id = $2)
    and ($3::boolean is null or p.active = $3)
order by p.code
limit $4
