-- The baseline of capture: the posting of each authorization.
insert into ledger_posting (
    order_id, movement_id, debit_account, credit_account, amount_minor, currency, cause_kind, posted_at
)
select order_id, movement_id, 'authorized:manual', 'authorization_held', total, 'GBP', 'authorize', $1
  from unnest($2::uuid[], $3::uuid[], $4::bigint[]) as p (order_id, movement_id, total)
