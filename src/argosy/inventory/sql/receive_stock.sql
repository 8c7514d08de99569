-- Take delivered units in, against what was expected or unannounced; an expectation that is unknown or closed is refused.
with asked as materialized (
    select *
    from unnest($1::uuid [], $2::uuid [], $3::int [], $4::uuid [], $5::text []) with ordinality
    as a (sku_id, location_id, quantity, incoming_id, reason, row_no)
), expected as materialized (
    select
        i.sku_id,
        i.incoming_id,
        i.location_id
    from incoming_stock as i
    inner join (
        select distinct
            sku_id,
            incoming_id
        from asked
        where incoming_id is not null
    ) as a on i.sku_id = a.sku_id and i.incoming_id = a.incoming_id
    where i.closed_at is null and i.source_kind = 'purchase'
    order by i.sku_id, i.incoming_id
    for update of i
), accepted as materialized (
    select a.*
    from asked as a
    left join expected as e
        on a.sku_id = e.sku_id and a.incoming_id = e.incoming_id and a.location_id = e.location_id
    where a.incoming_id is null or e.incoming_id is not null
), wanted as materialized (
    select
        sku_id,
        location_id,
        sum(quantity) as quantity
    from accepted
    group by sku_id, location_id
), moved as materialized (  -- The sort keeps one lock order for everybody, so that two batches never deadlock.
    insert into stock_balance as b (sku_id, location_id, on_hand, changed_at)
    select
        sku_id,
        location_id,
        quantity,
        $8
    from wanted
    where quantity <= 2000000000
    order by sku_id, location_id
    on conflict (sku_id, location_id) do update
    set on_hand = b.on_hand + excluded.on_hand, version = b.version + 1, changed_at = $8
    where b.on_hand::bigint + excluded.on_hand <= 2000000000
    returning b.sku_id, b.location_id, b.on_hand, b.version
), done as materialized (
    select
        a.*,
        m.on_hand,
        m.version
    from accepted as a
    inner join moved as m on a.sku_id = m.sku_id and a.location_id = m.location_id
), recorded as (
    insert into stock_movement (
        sku_id, location_id, kind, on_hand_delta, cause_kind, cause_id, reason, made_by, made_at
    )
    select
        sku_id,
        location_id,
        'received',
        quantity,
        case when incoming_id is null then 'receipt' else 'incoming' end,
        coalesce(incoming_id, $6),
        reason,
        $7,
        $8
    from done
), arrived as (
    update incoming_stock as i
    set
        received = least(i.received + d.quantity, 2000000000),
        closed_at = case when i.received + d.quantity >= i.quantity then $8 end,
        version = i.version + 1
    from (
        select
            sku_id,
            incoming_id,
            sum(quantity) as quantity
        from done
        where incoming_id is not null
        group by sku_id, incoming_id
    ) as d
    where i.sku_id = d.sku_id and i.incoming_id = d.incoming_id
), announced as (
    insert into event (name, subject_id, subject_version, occurred_at, body)
    select
        'stock.received.v1',
        sku_id,
        version,
        $8,
        jsonb_build_object(
            'sku_id', sku_id, 'location_id', location_id, 'quantity', quantity, 'on_hand', on_hand,
            'reason', reason, 'by', $7::text, 'incoming_id', incoming_id,
            'source', case when incoming_id is null then 'unannounced' else 'purchase' end
        )
    from done
)
select
    d.row_no is not null as is_done,
    c.row_no is not null as is_expected,
    d.on_hand
from asked as a
left join accepted as c on a.row_no = c.row_no
left join done as d on a.row_no = d.row_no
order by a.row_no
