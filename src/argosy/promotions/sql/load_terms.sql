-- The codes, what these customers used of them, their groups, and the prices of these SKUs: all that orders are checked against.
select
    (
        select coalesce(jsonb_agg(to_jsonb(c)), '[]')
        from promotion_code as c
        where c.code = any($1::text [])
    ) as codes,
    (
        select coalesce(jsonb_agg(jsonb_build_array(u.promotion_code_id, u.customer_key, u.used)), '[]')
        from promotion_customer_use as u
        inner join promotion_code as c on u.promotion_code_id = c.promotion_code_id
        where c.code = any($1::text []) and u.customer_key = any($5::text [])
    ) as uses,
    (
        select coalesce(jsonb_object_agg(a.name, m.customer_group), '{}')
        from unnest($3::text [], $4::text [], $5::text []) as a (scope, key, name)
        inner join customer_key as k on a.scope = k.scope and a.key = k.key
        inner join customer as m on k.customer_id = m.customer_id
        where m.customer_group is not null
    ) as customer_groups,
    (
        select coalesce(jsonb_agg(to_jsonb(l)), '[]')
        from price_list as l
        where l.active and cardinality($2::uuid []) > 0
    ) as price_lists,
    (
        select coalesce(jsonb_agg(jsonb_build_array(p.price_list_id, p.sku_id, p.min_quantity, p.unit_price::text)), '[]')
        from price as p
        where p.sku_id = any($2::uuid [])
    ) as prices
