-- Take, retry, resolve or ignore open exceptions as decided, and announce it.
with moved as (
    update process_exception as e
    set
        status = m.status,
        owner = m.owner,
        resolution = m.resolution,
        resolved_at = case when m.status <> 'open' then $6::timestamptz end,
        resolved_by = case when m.status <> 'open' then $7::text end,
        version = e.version + 1
    from unnest($1::uuid [], $2::text [], $3::text [], $4::text [], $5::text [])
        as m (exception_id, verb, status, owner, resolution)
    where e.exception_id = m.exception_id and e.status = 'open'
    returning e.exception_id, e.category, e.subject_kind, e.subject_id, e.order_id, e.step, e.status, e.owner, e.resolution,
    e.version, m.verb
), told as (
    select
        'exception.assigned.v1' as name,
        m.*,
        jsonb_build_object('owner', owner) as more
    from moved as m
    where verb = 'assign'
    union all
    select
        'exception.retried.v1' as name,
        m.*,
        jsonb_build_object('step', step, 'subject_kind', subject_kind, 'subject_id', subject_id) as more
    from moved as m
    where verb = 'retry'
    union all
    select
        'exception.resolved.v1' as name,
        m.*,
        jsonb_build_object('status', status, 'resolution', resolution) as more
    from moved as m
    where status <> 'open'
), announced as (
    insert into event (name, subject_id, subject_version, occurred_at, body)
    select
        name,
        coalesce(order_id, subject_id, exception_id),
        version,
        $6,
        jsonb_build_object('exception_id', exception_id, 'category', category, 'order_id', order_id, 'by', $7::text) || more
    from told
)
select
    exception_id,
    status,
    owner,
    version
from moved
