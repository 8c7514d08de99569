-- What was canceled is taken off what an order costs, and nothing stays set aside or taken for it.
with net as (
    select
        p.order_id,
        sum(
            greatest(p.authorized_minor - p.voided_minor - p.pending_void_minor, p.captured_minor + p.pending_capture_minor)
            - p.refunded_minor - p.pending_refund_minor
        ) as standing,
        sum(p.pending_capture_minor) as pending
    from payment as p
    group by p.order_id
)
select
    'what was canceled is given back' as rule,
    m.order_id::text as subject,
    'at most ' || m.total_minor::text as expected,
    n.standing::text as found
from order_money as m
inner join net as n on m.order_id = n.order_id
where
    m.canceled_minor > 0
    and n.standing > m.total_minor + n.pending
    -- What a gateway refused for good is with a person.
    and not exists (
        select 1
        from money_movement as v
        where v.order_id = m.order_id and v.kind in ('void', 'refund') and v.state = 'failed'
    )
union all
select
    'an order costs what was not canceled' as rule,
    o.order_id::text as subject,
    o.total_minor::text as expected,
    (m.total_minor + m.canceled_minor)::text as found
from orders as o
inner join order_money as m on o.order_id = m.order_id
where o.total_minor <> m.total_minor + m.canceled_minor or m.canceled_minor > o.canceled_minor
