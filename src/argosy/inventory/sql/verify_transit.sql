-- What a transfer has under way is what its destination expects from it, and a transfer that is over has nothing under way.
with transit as (
    select
        t.transfer_id,
        t.state,
        l.sku_id,
        l.shipped - l.received - l.lost as units
    from stock_transfer as t
    inner join stock_transfer_line as l on t.transfer_id = l.transfer_id
), expected as (
    select
        source_id,
        sku_id,
        sum(quantity - received) as units
    from incoming_stock
    where source_kind = 'transfer' and closed_at is null
    group by source_id, sku_id
)
select
    'units in transit are expected at their destination' as rule,
    coalesce(t.transfer_id, e.source_id)::text || ' ' || coalesce(t.sku_id, e.sku_id)::text as subject,
    coalesce(t.units, 0)::text as expected,
    coalesce(e.units, 0)::text as found
from transit as t
full join expected as e on t.transfer_id = e.source_id and t.sku_id = e.sku_id
where
    coalesce(t.units, 0) <> coalesce(e.units, 0)
    or (t.state in ('received', 'canceled') and t.units <> 0)
