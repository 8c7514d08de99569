-- Invoices, the latest first.
select
    order_id,
    invoice_id,
    invoice_number,
    shipment_id,
    order_number,
    channel_id,
    currency,
    net_minor,
    tax_minor,
    total_minor,
    buyer_name,
    shipped_at,
    issued_at
from invoice
where
    ($1::uuid is null or invoice_id < $1)
    and ($3::uuid is null or order_id = $3)
    and ($4::text is null or series = $4)
    and ($5::uuid [] is null or channel_id = any($5))
order by invoice_id desc
limit $2
