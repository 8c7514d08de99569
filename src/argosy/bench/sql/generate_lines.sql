-- Draw one to three lines for each generated order: different SKUs, small quantities.
create unlogged table generated_line as
select
    g.n,
    g.order_id,
    l.line_no,
    ($1::uuid [])[1 + k.sku_no] as sku_id,
    ($2::text [])[1 + k.sku_no] as sku_code,
    'Article ' || (1 + k.sku_no) as title,
    k.quantity,
    k.price,
    k.quantity * k.price as amount,
    k.quantity * k.price / 6 as tax,
    g.stage,
    g.location_id,
    g.fulfillment_order_id,
    g.placed_at
from generated_order as g
cross join lateral generate_series(1, (1 + g.h % 3)::int) as l (line_no)
cross join lateral (
    select
        (((g.h >> 8) + l.line_no) % cardinality($1::uuid []))::int as sku_no,
        (1 + ((g.h >> 20) + l.line_no) % 3)::int as quantity,
        (199 + ((g.h >> 8) + l.line_no) % cardinality($1::uuid []) * 37 % 5000)::bigint as price
) as k
