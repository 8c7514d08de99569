-- Set how often codes were used to how often they were redeemed, within their limits.
update promotion_code as c set used = r.uses
from (
    select
        p.promotion_code_id,
        count(d.order_id)::int as uses
    from promotion_code as p
    left join promotion_redemption as d on p.promotion_code_id = d.promotion_code_id
    group by p.promotion_code_id
) as r
where
    c.promotion_code_id = r.promotion_code_id
    and c.used <> r.uses
    and (c.most_uses is null or r.uses <= c.most_uses)
