-- Close orders with nothing left to do: every unit canceled or delivered, no hold, nothing owed.
with done as (
    select o.order_id
    from orders as o
    inner join order_money as m on o.order_id = m.order_id
    where
        o.lifecycle = 'placed'
        and o.units_delivered >= o.units_ordered - o.units_canceled
        and o.units_delivered > 0
        and o.active_holds = 0
        and m.pending_authorization_minor = 0
        and m.pending_capture_minor = 0
        and m.pending_void_minor = 0
        and m.pending_refund_minor = 0
        and m.captured_minor >= m.authorized_minor - m.voided_minor
        and m.captured_minor >= m.to_capture_minor
    order by o.order_id
    limit $2
    for no key update of o skip locked
), closed as (
    update orders as o
    set lifecycle = 'closed', closed_at = $1, version = o.version + 1
    from done
    where o.order_id = done.order_id
    returning o.order_id, o.version, o.channel_id
), announced as (
    insert into event (name, subject_id, subject_version, channel_id, occurred_at, body)
    select
        'order.closed.v1',
        order_id,
        version,
        channel_id,
        $1,
        jsonb_build_object('order_id', order_id)
    from closed
)
select count(*)::int from closed
