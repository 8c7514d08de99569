-- Each open fulfillment order line has exactly its stock allocated, at its own location, and nothing else has.
with open_lines as (
    select
        l.sku_id,
        l.fulfillment_order_id,
        l.line_no,
        f.location_id,
        l.quantity - l.short - l.canceled - l.shipped as units
    from fulfillment_order_line as l
    inner join fulfillment_order as f
        on l.order_id = f.order_id and l.fulfillment_order_id = f.fulfillment_order_id
    where f.kind <> 'digital' and l.quantity - l.short - l.canceled - l.shipped > 0
)
select
    'allocations are open fulfillment lines at their location' as rule,
    coalesce(o.fulfillment_order_id, a.fulfillment_order_id)::text
    || ' line ' || coalesce(o.line_no, a.line_no)::text as subject,
    coalesce(o.units::text || ' at ' || o.location_id::text, 'none') as expected,
    coalesce(a.quantity::text || ' at ' || a.location_id::text, 'none') as found
from open_lines as o
full join allocation as a
    on o.sku_id = a.sku_id and o.fulfillment_order_id = a.fulfillment_order_id and o.line_no = a.line_no
where
    o.units is distinct from a.quantity
    or o.location_id is distinct from a.location_id
