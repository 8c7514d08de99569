-- Make decided orders visible: keys, order, groups, lines, promises, and the events; a column nobody uses comes empty.
with keys as (
    insert into order_key (scope, key, order_id)
    select * from unnest($1::text [], $2::text [], $3::uuid [])
), placed as (
    insert into orders (
        order_id, order_number, channel_id, external_id, digest, currency, tax_mode, placed_at, captured_at,
        customer_id, buyer, bill_to, goods_minor, discount_minor, shipping_minor, fee_minor, tax_minor, total_minor,
        units_ordered, units_backordered, active_holds, promised_at, note, tags, attributes, captured_by, group_holds
    )
    select
        order_id,
        order_number,
        channel_id,
        external_id,
        digest,
        currency,
        tax_mode,
        placed_at,
        $4,
        customer_id,
        buyer::jsonb,
        bill_to::jsonb,
        goods_minor,
        coalesce(discount_minor, 0),
        coalesce(shipping_minor, 0),
        coalesce(fee_minor, 0),
        tax_minor,
        total_minor,
        units_ordered,
        coalesce(units_backordered, 0),
        coalesce(active_holds, 0),
        promised_at,
        note,
        case when tags is null then '{}' else array(select jsonb_array_elements_text(tags::jsonb)) end,
        coalesce(attributes::jsonb, '{}'),
        captured_by,
        coalesce(group_holds, 0)
    from unnest(
        $5::uuid [], $6::text [], $7::uuid [], $8::text [], $9::bytea [], $10::text [], $11::text [],
        $12::timestamptz [], $13::uuid [], $14::text [], $15::text [], $16::bigint [], $17::bigint [],
        $18::bigint [], $19::bigint [], $20::bigint [], $21::bigint [], $22::int [], $23::int [], $24::int [],
        $25::timestamptz [], $26::text [], $27::text [], $28::text [], $29::text [], $30::int []
    ) as d (
        order_id, order_number, channel_id, external_id, digest, currency, tax_mode, placed_at, customer_id, buyer,
        bill_to, goods_minor, discount_minor, shipping_minor, fee_minor, tax_minor, total_minor, units_ordered,
        units_backordered, active_holds, promised_at, note, tags, attributes, captured_by, group_holds
    )
), announced as (
    insert into event (name, subject_id, subject_version, channel_id, occurred_at, body)
    select
        'order.placed.v1',
        order_id,
        1,
        channel_id,
        $4,
        body::jsonb
    from unnest($5::uuid [], $7::uuid [], $31::text []) as e (order_id, channel_id, body)
), grouped as (
    insert into delivery_group (
        order_id, group_no, key, method_code, ship_to, country, shipping_minor, gift_message, instructions,
        requested_on, promised_ship_by, promised_at, pickup_location_id, active_holds, route_after
    )
    select
        order_id,
        group_no,
        key,
        method_code,
        ship_to::jsonb,
        country,
        coalesce(shipping_minor, 0),
        gift_message,
        instructions,
        requested_on,
        promised_ship_by,
        promised_at,
        pickup_location_id,
        coalesce(active_holds, 0),
        $4
    from unnest(
        $32::uuid [], $33::int [], $34::text [], $35::text [], $36::text [], $37::text [], $38::bigint [],
        $39::text [], $40::text [], $41::date [], $42::timestamptz [], $43::timestamptz [], $44::uuid [], $46::int []
    ) as g (
        order_id, group_no, key, method_code, ship_to, country, shipping_minor, gift_message, instructions,
        requested_on, promised_ship_by, promised_at, pickup_location_id, active_holds
    )
), promised as (
    insert into promise (order_id, group_no, promise_no, ship_by, deliver_by, basis, reason, made_at)
    select
        order_id,
        group_no,
        1,
        ship_by,
        deliver_by,
        basis::jsonb,
        'placed',
        $4
    from unnest($32::uuid [], $33::int [], $42::timestamptz [], $43::timestamptz [], $45::text [])
    as p (order_id, group_no, ship_by, deliver_by, basis)
)
insert into order_line (
    order_id, line_no, group_no, sku_id, sku_code, title, kind, is_kit, unit_price, amount_minor, discount_minor,
    order_discount_minor, shipping_minor, fee_minor, tax_minor, shipping_tax_minor, total_minor, ordered, promised_at,
    external_id, gift_message, attributes
)
select
    order_id,
    line_no,
    group_no,
    sku_id,
    sku_code,
    title,
    kind,
    coalesce(is_kit, false),
    unit_price::numeric,
    amount_minor,
    coalesce(discount_minor, 0),
    coalesce(order_discount_minor, 0),
    coalesce(shipping_minor, 0),
    coalesce(fee_minor, 0),
    tax_minor,
    coalesce(shipping_tax_minor, 0),
    total_minor,
    ordered,
    promised_at,
    external_id,
    gift_message,
    coalesce(attributes::jsonb, '{}')
from unnest(
    $47::uuid [], $48::int [], $49::int [], $50::uuid [], $51::text [], $52::text [], $53::text [], $54::bool [],
    $55::text [], $56::bigint [], $57::bigint [], $58::bigint [], $59::bigint [], $60::bigint [], $61::bigint [],
    $62::bigint [], $63::bigint [], $64::int [], $65::timestamptz [], $66::text [], $67::text [], $68::text []
) as l (
    order_id, line_no, group_no, sku_id, sku_code, title, kind, is_kit, unit_price, amount_minor, discount_minor,
    order_discount_minor, shipping_minor, fee_minor, tax_minor, shipping_tax_minor, total_minor, ordered, promised_at,
    external_id, gift_message, attributes
)
