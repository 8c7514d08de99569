-- The change orders of an order with their lines, oldest first.
select
    c.change_order_id,
    c.kind,
    c.reason,
    c.note,
    c.value_minor,
    c.currency,
    c.made_by,
    c.made_at,
    (
        select
            jsonb_agg(
                jsonb_build_object('line_no', l.line_no, 'quantity', l.quantity, 'value_minor', l.value_minor)
                order by l.line_no
            )
        from change_order_line as l
        where l.order_id = c.order_id and l.change_order_id = c.change_order_id
    ) as lines
from change_order as c
where c.order_id = $1 and ($2::uuid is null or c.change_order_id > $2)
order by c.change_order_id
limit $3
