-- Write notes on orders, and announce them.
with asked as (
    select * from unnest($1::uuid [], $2::uuid [], $3::text []) as a (order_id, note_id, note_text)
), bumped as (
    update orders as o
    set version = o.version + 1
    where o.order_id in (select order_id from asked)
    returning o.order_id, o.version, o.channel_id
), noted as (
    insert into order_note (order_id, note_id, text, made_by, made_at)
    select
        a.order_id,
        a.note_id,
        a.note_text,
        $4,
        $5
    from asked as a
    inner join bumped as b on a.order_id = b.order_id
    returning order_id, note_id, text
), announced as (
    insert into event (name, subject_id, subject_version, channel_id, occurred_at, body)
    select
        'order.note_added.v1',
        n.order_id,
        b.version,
        b.channel_id,
        $5,
        jsonb_build_object('order_id', n.order_id, 'note_id', n.note_id, 'text', n.text, 'by', $4::text)
    from noted as n
    inner join bumped as b on n.order_id = b.order_id
)
select note_id from noted
