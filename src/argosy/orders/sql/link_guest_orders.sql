-- Give guests' orders to the customer who proved that the e-mail address on them is theirs, and announce each.
with proven as (
    select * from unnest($1::text [], $2::uuid []) as p (email, customer_id)
), locked as (
    select
        o.order_id,
        p.customer_id
    from proven as p
    inner join orders as o on lower(o.buyer ->> 'email') = p.email
    where o.customer_id is null
    order by o.order_id
    for no key update of o
), linked as (
    update orders as o
    set customer_id = l.customer_id, version = o.version + 1
    from locked as l
    where o.order_id = l.order_id and o.customer_id is null
    returning o.order_id, o.version, o.channel_id, o.customer_id
), announced as (
    insert into event (name, subject_id, subject_version, channel_id, occurred_at, body)
    select
        'order.customer_linked.v1',
        order_id,
        version,
        channel_id,
        $3,
        jsonb_build_object('order_id', order_id, 'customer_id', customer_id)
    from linked
)
select order_id from linked
