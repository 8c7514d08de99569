-- A delivery counts the attempts that were written down.
select
    'webhook attempts are counted' as rule,
    d.delivery_id::text as subject,
    count(a.attempt_no)::text as expected,
    d.attempts::text as found
from webhook_delivery as d
left join webhook_attempt as a on d.endpoint_id = a.endpoint_id and d.delivery_id = a.delivery_id
group by d.endpoint_id, d.delivery_id
having count(a.attempt_no) <> d.attempts
