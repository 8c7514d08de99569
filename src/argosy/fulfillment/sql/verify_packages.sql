-- What is packed lies in packages, and what was shipped in packages that have left.
with inside as (
    select
        p.order_id,
        p.fulfillment_order_id,
        l.line_no,
        sum(l.quantity)::int as packed,
        coalesce(sum(l.quantity) filter (where p.shipment_id is not null), 0)::int as shipped,
        coalesce(sum(l.quantity) filter (where p.delivered_at is not null), 0)::int as delivered
    from package as p
    inner join package_line as l on p.order_id = l.order_id and p.package_id = l.package_id
    group by p.order_id, p.fulfillment_order_id, l.line_no
), lines as (
    select
        l.order_id,
        l.fulfillment_order_id,
        l.line_no,
        l.packed,
        l.shipped,
        l.delivered
    from fulfillment_order_line as l
    inner join fulfillment_order as f
        on l.order_id = f.order_id and l.fulfillment_order_id = f.fulfillment_order_id
    where f.kind <> 'digital' and l.packed > 0
)
select
    'packed, shipped and delivered units lie in packages' as rule,
    coalesce(l.fulfillment_order_id, i.fulfillment_order_id)::text
    || ' line ' || coalesce(l.line_no, i.line_no)::text as subject,
    concat_ws(' / ', coalesce(i.packed, 0), coalesce(i.shipped, 0), coalesce(i.delivered, 0)) as expected,
    concat_ws(' / ', coalesce(l.packed, 0), coalesce(l.shipped, 0), coalesce(l.delivered, 0)) as found
from lines as l
full join inside as i
    on
        l.order_id = i.order_id
        and l.fulfillment_order_id = i.fulfillment_order_id
        and l.line_no = i.line_no
where
    l.packed is distinct from i.packed
    or l.shipped is distinct from i.shipped
    or l.delivered is distinct from i.delivered
