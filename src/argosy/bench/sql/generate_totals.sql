-- Sum the lines of each generated order.
create unlogged table generated_total as
select
    n,
    sum(quantity)::int as units,
    sum(amount)::bigint as total,
    sum(tax)::bigint as tax,
    jsonb_agg(jsonb_build_object('line_no', line_no, 'quantity', quantity) order by line_no) as moved,
    jsonb_agg(
        jsonb_build_object(
            'line_no', line_no, 'group_no', 1, 'sku', sku_code, 'title', title, 'quantity', quantity, 'unit_price',
            to_char(price / 100.0, 'FM99990.00'), 'amount_minor', amount, 'tax_minor', tax, 'total_minor', amount
        ) order by line_no
    ) as lines
from generated_line
group by n
