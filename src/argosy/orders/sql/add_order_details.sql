-- What only some orders have: parts of kits, order-level charges and holds.
with parts as (
    insert into order_line_component (order_id, line_no, sku_id, per_unit)
    select * from unnest($1::uuid [], $2::int [], $3::uuid [], $4::int [])
), charges as (
    insert into order_charge (order_id, charge_no, group_no, kind, code, title, amount_minor, tax_minor)
    select * from unnest(
        $5::uuid [], $6::int [], $7::int [], $8::text [], $9::text [], $10::text [], $11::bigint [], $12::bigint []
    )
)
insert into order_hold (order_id, hold_id, kind, group_no, reason, facts, placed_by, placed_at, expires_at)
select
    order_id,
    hold_id,
    kind,
    group_no,
    reason,
    facts,
    placed_by,
    $20,
    expires_at
from unnest($13::uuid [], $14::uuid [], $15::text [], $16::int [], $17::text [], $18::jsonb [], $19::text [], $21::timestamptz [])
as h (order_id, hold_id, kind, group_no, reason, facts, placed_by, expires_at)
