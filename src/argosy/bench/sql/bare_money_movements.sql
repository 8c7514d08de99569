-- The baseline of capture: the authorization of each payment.
insert into money_movement (
    order_id, movement_id, payment_no, kind, amount_minor, currency, state, gateway, gateway_reference, cause_kind,
    asked_at, settled_at
)
select order_id, movement_id, 1, 'authorize', total, 'GBP', 'succeeded', 'manual', reference, 'placement', $1, $1
  from unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::text[]) as p (order_id, movement_id, total, reference)
