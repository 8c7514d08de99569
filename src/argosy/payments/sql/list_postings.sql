-- The postings of an order, in order.
select
    posting_id,
    movement_id,
    debit_account,
    credit_account,
    amount_minor,
    cause_kind,
    cause_id,
    posted_at
from ledger_posting
where order_id = $1
order by posted_at, posting_id
