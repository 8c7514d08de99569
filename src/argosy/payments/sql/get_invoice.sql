-- One invoice with its lines.
select
    i.order_id,
    i.invoice_id,
    i.invoice_number,
    i.series,
    i.number,
    i.shipment_id,
    i.order_number,
    i.channel_id,
    i.currency,
    i.tax_mode,
    i.net_minor,
    i.tax_minor,
    i.total_minor,
    i.buyer_name,
    i.email,
    i.bill_to,
    i.ship_to,
    i.seller,
    i.shipped_at,
    i.issued_at,
    (
        select jsonb_agg(to_jsonb(l) - 'order_id' - 'invoice_id' order by l.line_no)
        from invoice_line as l
        where l.order_id = i.order_id and l.invoice_id = i.invoice_id
    ) as lines
from invoice as i
where i.invoice_id = $1
