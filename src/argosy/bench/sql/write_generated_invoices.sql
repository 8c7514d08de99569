-- An invoice for each generated shipment, numbered without a gap, with its lines.
with numbered as materialized (
    select
        g.*,
        t.total,
        t.tax,
        row_number() over (order by g.n) as number
    from generated_order as g
    inner join generated_total as t on g.n = t.n
    where g.stage in ('shipped', 'closed')
), counted as (
    insert into invoice_series (series, last_number)
    select
        'GEN',
        count(*)
    from numbered
), kept as (
    insert into invoice_number (series, number, order_id, invoice_id)
    select
        'GEN',
        number,
        order_id,
        invoice_id
    from numbered
), issued as (
    insert into invoice (
        order_id, invoice_id, series, number, invoice_number, shipment_id, order_number, channel_id, currency, tax_mode,
        net_minor, tax_minor, total_minor, buyer_name, bill_to, ship_to, seller, shipped_at, issued_at
    )
    select
        order_id,
        invoice_id,
        'GEN',
        number,
        'GEN-' || number,
        shipment_id,
        order_number,
        $1,
        'GBP',
        'gross',
        total - tax,
        tax,
        total,
        address ->> 'name',
        address,
        address,
        '{}',
        placed_at + interval '3 hours',
        placed_at + interval '3 hours'
    from numbered
)
insert into invoice_line (
    order_id, invoice_id, line_no, sku, title, quantity, unit_price, net_minor, tax_minor, total_minor
)
select
    l.order_id,
    n.invoice_id,
    l.line_no,
    l.sku_code,
    l.title,
    l.quantity,
    to_char(l.price / 100.0, 'FM99990.00'),
    l.amount - l.tax,
    l.tax,
    l.amount
from generated_line as l
inner join numbered as n on l.n = n.n
