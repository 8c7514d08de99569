-- Keep why each delivery group went where it went.
insert into routing_decision (
    order_id, decision_id, group_no, outcome, reason, chosen, candidates, facts, policy_name, policy_version, decided_at
)
select
    d.order_id,
    d.decision_id,
    d.group_no,
    d.outcome,
    d.reason,
    d.chosen::jsonb,
    d.candidates::jsonb,
    d.facts::jsonb,
    $9,
    $10,
    $11
from unnest(
    $1::uuid [], $2::uuid [], $3::int [], $4::text [], $5::text [], $6::text [], $7::text [], $8::text []
) as d (order_id, decision_id, group_no, outcome, reason, chosen, candidates, facts)
