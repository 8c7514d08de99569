-- Nothing is taken beyond what was authorized, nothing given back beyond what was taken, and no more authorized than asked.
select
    r.rule,
    p.order_id::text || ' #' || p.payment_no::text as subject,
    'at most ' || r.most::text as expected,
    r.amount::text as found
from payment as p
cross join lateral (
    values
    (
        'captured within authorized',
        p.captured_minor + p.pending_capture_minor + p.voided_minor + p.pending_void_minor,
        p.authorized_minor + p.over_capture_minor
    ),
    ('refunded within captured', p.refunded_minor + p.pending_refund_minor, p.captured_minor),
    ('authorized within the payment', p.authorized_minor + p.pending_authorization_minor, p.amount_minor)
) as r (rule, amount, most)
where r.amount > r.most
