-- What became of the orders, and how much there is of everything else.
select
    (select count(*) from orders) as orders,
    (select count(*) from order_line) as lines,
    (
        select coalesce(jsonb_object_agg(x.name, x.n), '{}') from (
            select
                c.code as name,
                count(*) as n
            from orders as o
            inner join channel as c on o.channel_id = c.channel_id
            group by c.code
        ) as x
    ) as channels,
    (
        select coalesce(jsonb_object_agg(x.lifecycle, x.n), '{}')
        from (select lifecycle, count(*) as n from orders group by lifecycle) as x
    ) as lifecycle,
    (
        select coalesce(jsonb_object_agg(x.fulfillment_status, x.n), '{}')
        from (select fulfillment_status, count(*) as n from orders group by fulfillment_status) as x
    ) as fulfillment_status,
    (
        select coalesce(jsonb_object_agg(x.payment_status, x.n), '{}')
        from (select payment_status, count(*) as n from order_money group by payment_status) as x
    ) as payment_status,
    (
        select coalesce(jsonb_object_agg(x.kind, x.n), '{}')
        from (select kind, count(*) as n from order_hold where released_at is null group by kind) as x
    ) as holds,
    (select count(*) from order_hold where released_at is not null) as holds_released,
    (
        select coalesce(jsonb_object_agg(x.category, x.n), '{}') from (
            select category, count(*) as n from process_exception
            where status = 'open' group by category
        ) as x
    ) as exceptions,
    (
        select coalesce(jsonb_object_agg(x.state, x.n), '{}')
        from (select state, count(*) as n from fulfillment_order group by state) as x
    ) as fulfillment_orders,
    (select count(*) from fulfillment_order_line where short > 0) as short_picks,
    (select count(*) from shipment where state <> 'voided') as shipments,
    (
        select count(*) from fulfillment_order
        where coalesce(shipped_at, ready_at) > ship_by
    ) as shipped_late,
    (
        select count(*) from delivery_group as g
        inner join orders as o on g.order_id = o.order_id
        where g.promised_at < $1 and o.units_delivered < o.units_ordered - o.units_canceled
    ) as promises_overdue,
    (select count(*) from invoice) as invoices,
    (
        select coalesce(jsonb_object_agg(x.currency, x.total), '{}')
        from (select currency, sum(total_minor)::bigint as total from invoice group by currency) as x
    ) as invoiced_minor,
    (
        select coalesce(jsonb_object_agg(x.currency, x.total), '{}')
        from (select currency, sum(captured_minor)::bigint as total from order_money group by currency) as x
    ) as captured_minor,
    (select coalesce(sum(on_hand), 0)::bigint from stock_balance) as on_hand,
    (select coalesce(sum(reserved), 0)::bigint from stock_balance) as reserved,
    (select coalesce(sum(allocated), 0)::bigint from stock_balance) as allocated,
    (select coalesce(sum(quantity), 0)::bigint from backorder) as backordered,
    (select count(*) from event) as events,
    (
        select coalesce(jsonb_object_agg(x.why, x.n), '{}') from (
            select
                case
                    when o.lifecycle <> 'placed' then 'ended'
                    when o.active_holds > 0 then 'held'
                    when m.payment_status in ('failed', 'unpaid') then 'not_paid'
                    when o.units_backordered > 0 then 'waits_for_stock'
                    when exists (
                        select from delivery_group as g
                        where g.order_id = o.order_id and g.routing_state = 'waiting'
                    ) then 'waits_for_location'
                    else 'in_progress'
                end as why,
                count(*) as n
            from orders as o
            inner join order_money as m on o.order_id = m.order_id
            group by why
        ) as x
    ) as standing
