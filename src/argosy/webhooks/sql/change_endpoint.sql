-- Change what an endpoint is, if it is at the version that was decided on; a new address begins with a clean record.
update webhook_endpoint
set
    description = $4,
    events = $5,
    patterns = $6,
    channel_ids = $7,
    failures = case when url = $3 then failures else 0 end,
    failing_since = case when url = $3 then failing_since end,
    quiet_until = case when url = $3 then quiet_until end,
    url = $3,
    changed_at = $8,
    version = version + 1
where endpoint_id = $1 and version = $2 and state <> 'deleted'
returning version
