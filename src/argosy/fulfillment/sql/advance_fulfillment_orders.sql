-- Apply decided steps: states with the time of each, line counters, and the events; their rows are locked.
with steps as materialized (
    select * from unnest($1::uuid [], $2::uuid [], $3::text [], $4::text [], $5::bytea [], $6::int [], $7::text [])
    as s (order_id, fulfillment_order_id, state, reason, pickup_code_hash, pickup_attempts, vendor_reference)
), advanced as (
    update fulfillment_order as f
    set
        state = s.state,
        version = f.version + 1,
        reason = coalesce(s.reason, f.reason),
        pickup_code_hash = coalesce(s.pickup_code_hash, f.pickup_code_hash),
        pickup_attempts = coalesce(s.pickup_attempts, f.pickup_attempts),
        vendor_reference = coalesce(s.vendor_reference, f.vendor_reference),
        pick_list_id = case when s.state in ('open', 'rejected', 'canceled') then null else f.pick_list_id end,
        accepted_at = case
            when s.state = 'open' then null
            when s.state in ('rejected', 'canceled') then f.accepted_at
            else coalesce(f.accepted_at, $20)
        end,
        picked_at = case
            when s.state in ('open', 'accepted') then null
            when s.state in ('rejected', 'canceled') then f.picked_at
            else coalesce(f.picked_at, $20)
        end,
        packed_at = case
            when s.state in ('open', 'accepted', 'picked') then null
            when s.state in ('rejected', 'canceled') then f.packed_at
            else coalesce(f.packed_at, $20)
        end,
        shipped_at = case
            when s.state in ('shipped', 'fulfilled') then coalesce(f.shipped_at, $20)
        end,
        ready_at = case
            when s.state = 'packed' then null
            when s.state = 'ready_for_pickup' then coalesce(f.ready_at, $20)
            else f.ready_at
        end,
        fulfilled_at = case when s.state = 'fulfilled' then coalesce(f.fulfilled_at, $20) end,
        rejected_at = case when s.state = 'rejected' then coalesce(f.rejected_at, $20) end,
        canceled_at = case when s.state = 'canceled' then coalesce(f.canceled_at, $20) end
    from steps as s
    where f.order_id = s.order_id and f.fulfillment_order_id = s.fulfillment_order_id
    returning f.order_id, f.fulfillment_order_id, f.channel_id, f.version
), counted as (
    update fulfillment_order_line as l
    set
        picked = l.picked + d.picked,
        packed = l.packed + d.packed,
        shipped = l.shipped + d.shipped,
        delivered = l.delivered + d.delivered,
        short = l.short + d.short,
        canceled = l.canceled + d.canceled
    from unnest(
        $8::uuid [], $9::uuid [], $10::int [], $11::int [], $12::int [], $13::int [], $14::int [], $15::int [], $16::int []
    ) as d (order_id, fulfillment_order_id, line_no, picked, packed, shipped, delivered, short, canceled)
    where
        l.order_id = d.order_id
        and l.fulfillment_order_id = d.fulfillment_order_id
        and l.line_no = d.line_no
), announced as (
    insert into event (name, subject_id, subject_version, channel_id, occurred_at, body)
    select
        e.name,
        a.order_id,
        a.version,
        a.channel_id,
        $20,
        e.body
    from unnest($17::uuid [], $18::text [], $19::jsonb []) as e (fulfillment_order_id, name, body)
    inner join advanced as a on e.fulfillment_order_id = a.fulfillment_order_id
)
select
    fulfillment_order_id,
    version
from advanced
