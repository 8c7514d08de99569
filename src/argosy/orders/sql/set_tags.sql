-- Replace the tags of an order, if it still is as the caller saw it, and announce it.
with tagged as (
    update orders
    set tags = $2, version = version + 1
    where order_id = $1 and ($3::int is null or version = $3)
    returning order_id, version, channel_id
), announced as (
    insert into event (name, subject_id, subject_version, channel_id, occurred_at, body)
    select
        'order.tags_changed.v1',
        order_id,
        version,
        channel_id,
        $4,
        jsonb_build_object('order_id', order_id, 'tags', $2::text [], 'by', $5::text)
    from tagged
)
select version from tagged
