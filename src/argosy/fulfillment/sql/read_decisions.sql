-- How the delivery groups of an order were routed, first decision first; a row of nulls for an order without any.
select
    o.channel_id,
    d.decision_id,
    d.group_no,
    d.outcome,
    d.reason,
    d.chosen,
    d.candidates,
    d.facts,
    d.policy_name,
    d.policy_version,
    d.decided_at
from orders as o
left join routing_decision as d on o.order_id = d.order_id
where o.order_id = $1
order by d.decided_at, d.decision_id
