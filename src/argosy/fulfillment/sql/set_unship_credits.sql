-- How many units of order lines were announced as shipped and are here again; none removes the row.
with credits as materialized (
    select * from unnest($1::uuid [], $2::int [], $3::int []) as c (order_id, line_no, units)
), used as (
    delete from unship_credit as u
    using credits as c
    where u.order_id = c.order_id and u.line_no = c.line_no and c.units = 0
)
insert into unship_credit (order_id, line_no, units)
select
    order_id,
    line_no,
    units
from credits
where units > 0
order by order_id, line_no
on conflict (order_id, line_no) do update
set units = excluded.units
