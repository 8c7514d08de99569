-- Drop jobs that ended long ago, some at a time; what is not finished is left alone, however old.
delete from job
where (bucket, job_id) in (
    select
        bucket,
        job_id
    from job
    where state in ('done', 'canceled') and finished_at < $1
    order by finished_at
    limit 5000
)
