-- The state of a fulfillment order follows from its counters.
with sums as (
    select
        order_id,
        fulfillment_order_id,
        sum(quantity - short - canceled) as wanted,
        sum(picked) as picked,
        sum(packed) as packed,
        sum(shipped) as shipped,
        sum(delivered) as delivered
    from fulfillment_order_line
    group by order_id, fulfillment_order_id
), judged as (
    select
        f.order_id,
        f.fulfillment_order_id,
        f.state,
        case
            when s.wanted = 0 then 'rejected or canceled'
            when s.delivered = s.wanted then 'fulfilled'
            when s.shipped = s.wanted then 'shipped'
            when s.packed = s.wanted then 'packed or ready_for_pickup'
            when s.picked = s.wanted then 'picked'
            when s.picked > 0 then 'accepted'
            else 'open or accepted'
        end as expected
    from fulfillment_order as f
    left join sums as s on f.order_id = s.order_id and f.fulfillment_order_id = s.fulfillment_order_id
)
select
    'state follows from the counters' as rule,
    fulfillment_order_id::text as subject,
    expected,
    state as found
from judged
where not state = any(string_to_array(expected, ' or '))
