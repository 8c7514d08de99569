-- Each shipment that payments have heard of and that is worth anything has an invoice of that worth.
select
    'each shipment has an invoice of its worth' as rule,
    e.body ->> 'shipment_id' as subject,
    e.body ->> 'amount_minor' as expected,
    coalesce(i.total_minor, 0)::text as found
from event as e
inner join reader_cursor as c on c.reader = 'payments.hear_orders' and e.position <= c.position
left join invoice as i on e.subject_id = i.order_id and i.shipment_id = (e.body ->> 'shipment_id')::uuid
where
    e.name = 'fulfillment.shipped.v1'
    and (e.body ->> 'amount_minor')::bigint <> coalesce(i.total_minor, 0)
