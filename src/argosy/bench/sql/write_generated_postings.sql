-- The money ledger: authorizations held, captures, and what the invoices charge.
insert into ledger_posting (
    order_id, posting_id, movement_id, debit_account, credit_account, amount_minor, currency, cause_kind, cause_id, posted_at
)
select
    g.order_id,
    (left(g.order_id::text, 20) || '1' || lpad(k.no::text, 2, '0') || right(g.order_id::text, 13))::uuid,
    case k.cause when 'authorize' then g.authorization_id when 'capture' then g.capture_id end,
    k.debit,
    k.credit,
    case k.share when 'tax' then t.tax when 'net' then t.total - t.tax else t.total end,
    'GBP',
    k.cause,
    case when k.cause <> 'authorize' then g.invoice_id end,
    g.placed_at + k.no * interval '1 hour'
from generated_order as g
inner join generated_total as t on g.n = t.n
inner join (
    values
    (1, 'authorized:manual', 'authorization_held', 'authorize', 'all'),
    (2, 'authorization_held', 'authorized:manual', 'capture', 'all'),
    (3, 'clearing:manual', 'buyer', 'capture', 'all'),
    (4, 'buyer', 'revenue', 'invoice', 'net'),
    (5, 'buyer', 'tax', 'invoice', 'tax')
) as k (no, debit, credit, cause, share) on k.no = 1 or g.stage in ('shipped', 'closed')
where k.share <> 'tax' or t.tax > 0
order by g.n, k.no
