-- Set each backlog to the sum of its back-orders, where it differs.
insert into sku_backlog as l (sku_id, units, cap)
select
    b.sku_id,
    b.units,
    b.units
from (
    select
        sku_id,
        sum(quantity)::int as units
    from backorder
    group by sku_id
    union all
    select
        n.sku_id,
        0
    from sku_backlog as n
    where not exists (select 1 from backorder as x where x.sku_id = n.sku_id)
) as b
order by b.sku_id
on conflict (sku_id) do update
set units = excluded.units, cap = greatest(l.cap, excluded.units), changed_at = now()
where l.units <> excluded.units
