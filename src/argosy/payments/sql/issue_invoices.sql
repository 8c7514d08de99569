-- Issue invoices: numbers without a gap from the locked counters of their series, lines, postings, balances and events.
with drafted as materialized (
    select
        d.*,
        row_number() over (partition by d.series order by d.place) as rank
    from unnest(
        $1::uuid [], $2::uuid [], $3::text [], $4::uuid [], $5::text [], $6::text [], $7::text [], $8::bigint [],
        $9::bigint [], $10::bigint [], $11::text [], $12::text [], $13::jsonb [], $14::jsonb [], $15::timestamptz []
    ) with ordinality as d (
        order_id, invoice_id, series, shipment_id, order_number, currency, tax_mode, net_minor, tax_minor, total_minor,
        buyer_name, email, bill_to, ship_to, shipped_at, place
    )
), counted as (
    insert into invoice_series (series, last_number)
    select
        series,
        count(*)
    from drafted
    group by series
    order by series
    on conflict (series) do update
    set last_number = invoice_series.last_number + excluded.last_number
    returning series, last_number
), numbered as materialized (
    select
        d.*,
        c.last_number - count(*) over (partition by d.series) + d.rank as number
    from drafted as d
    inner join counted as c on d.series = c.series
), kept as (
    insert into invoice_number (series, number, order_id, invoice_id)
    select
        series,
        number,
        order_id,
        invoice_id
    from numbered
), money as (
    update order_money as m
    set
        invoiced_minor = m.invoiced_minor + s.total_minor,
        to_capture_minor = greatest(m.to_capture_minor, least(m.total_minor, m.invoiced_minor + s.total_minor)),
        version = m.version + 1,
        changed_at = $16
    from (
        select
            order_id,
            sum(total_minor) as total_minor
        from drafted
        group by order_id
    ) as s
    where m.order_id = s.order_id
    returning m.order_id, m.channel_id, m.version
), issued as (
    insert into invoice (
        order_id, invoice_id, series, number, invoice_number, shipment_id, order_number, channel_id, currency, tax_mode,
        net_minor, tax_minor, total_minor, buyer_name, email, bill_to, ship_to, seller, shipped_at, issued_at
    )
    select
        n.order_id,
        n.invoice_id,
        n.series,
        n.number,
        n.series || '-' || lpad(n.number::text, greatest($18, length(n.number::text)), '0'),
        n.shipment_id,
        n.order_number,
        m.channel_id,
        n.currency,
        n.tax_mode,
        n.net_minor,
        n.tax_minor,
        n.total_minor,
        n.buyer_name,
        n.email,
        n.bill_to,
        n.ship_to,
        $17,
        n.shipped_at,
        $16
    from numbered as n
    left join money as m on n.order_id = m.order_id
    returning order_id, invoice_id, invoice_number, shipment_id, currency, net_minor, tax_minor, total_minor
), lines as (
    insert into invoice_line (
        order_id, invoice_id, line_no, sku, title, quantity, unit_price, net_minor, tax_minor, total_minor
    )
    select * from unnest(
        $19::uuid [], $20::uuid [], $21::int [], $22::text [], $23::text [], $24::int [], $25::text [], $26::bigint [],
        $27::bigint [], $28::bigint []
    )
), posted as (
    insert into ledger_posting (
        order_id, debit_account, credit_account, amount_minor, currency, cause_kind, cause_id, posted_at
    )
    select
        i.order_id,
        'buyer',
        a.account,
        a.amount_minor,
        i.currency,
        'invoice',
        i.invoice_id,
        $16
    from issued as i
    cross join lateral (values ('revenue', i.net_minor), ('tax', i.tax_minor)) as a (account, amount_minor)
    where a.amount_minor > 0
)
insert into event (name, subject_id, subject_version, channel_id, occurred_at, body)
select
    'payment.invoice_issued.v1',
    i.order_id,
    m.version,
    m.channel_id,
    $16,
    jsonb_build_object(
        'order_id', i.order_id, 'invoice_id', i.invoice_id, 'invoice_number', i.invoice_number, 'shipment_id', i.shipment_id,
        'currency', i.currency, 'net_minor', i.net_minor, 'tax_minor', i.tax_minor, 'total_minor', i.total_minor
    )
from issued as i
inner join money as m on i.order_id = m.order_id
