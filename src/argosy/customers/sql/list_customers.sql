-- A page of customers with what names them, newest first.
select
    c.customer_id,
    c.name,
    c.email,
    c.email_verified,
    c.phone,
    c.language,
    c.customer_group,
    c.attributes,
    c.created_at,
    c.changed_at,
    c.version,
    (
        select
            coalesce(
                jsonb_agg(
                    jsonb_build_object(
                        'kind', case k.scope when 'email' then 'email' else 'external_id' end,
                        'value', k.key,
                        'channel_id', case when k.scope <> 'email' then substring(k.scope from 9) end,
                        'linked_at', k.linked_at
                    )
                    order by k.scope, k.key
                ), '[]'
            )
        from customer_key as k
        where k.customer_id = c.customer_id
    ) as identifiers
from customer as c
where
    ($1::uuid [] is null or c.customer_id = any($1))
    and ($2::text is null or lower(c.email) = $2)
    and ($3::text is null or c.customer_id = (select k.customer_id from customer_key as k where k.scope = $3 and k.key = $4))
    and ($5::text is null or c.customer_group = $5)
    and ($6::uuid is null or c.customer_id < $6)
order by c.customer_id desc
limit $7
