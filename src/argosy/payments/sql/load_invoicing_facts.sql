-- What invoices of orders are made of: how they were placed, and what was invoiced of each line before.
select
    o.order_id,
    (
        select e.body
        from event as e
        where e.subject_id = o.order_id and e.name = 'order.placed.v1'
        limit 1
    ) as placed,
    (
        select jsonb_object_agg(b.line_no, b.total_minor)
        from (
            select
                l.line_no,
                sum(l.total_minor) as total_minor
            from invoice_line as l
            where l.order_id = o.order_id
            group by l.line_no
        ) as b
    ) as invoiced,
    array(
        select i.shipment_id
        from invoice as i
        where i.order_id = o.order_id
    ) as shipments
from unnest($1::uuid []) as o (order_id)
