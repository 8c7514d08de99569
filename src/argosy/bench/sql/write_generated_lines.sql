-- The lines of the generated orders, with the counters that their stage implies.
insert into order_line (
    order_id, line_no, group_no, sku_id, sku_code, title, kind, unit_price, amount_minor, tax_minor, total_minor, ordered,
    allocated, fulfilled, delivered, promised_at
)
select
    order_id,
    line_no,
    1,
    sku_id,
    sku_code,
    title,
    'physical',
    price / 100.0,
    amount,
    tax,
    amount,
    quantity,
    case when stage = 'allocated' then quantity else 0 end,
    case when stage in ('shipped', 'closed') then quantity else 0 end,
    case when stage = 'closed' then quantity else 0 end,
    placed_at + interval '4 days'
from generated_line
order by n, line_no
