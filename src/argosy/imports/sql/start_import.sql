-- Return how far the import of a file has come; one that is new, is finished or is to begin anew begins at nothing.
insert into import_file as f (digest, kind, name, started_at, changed_at)
values ($1, $2, $3, $4, $4)
on conflict (digest) do update set
    name = excluded.name,
    changed_at = excluded.changed_at,
    started_at = case when f.finished_at is null and not $5 then f.started_at else excluded.started_at end,
    records = case when f.finished_at is null and not $5 then f.records else 0 end,
    made = case when f.finished_at is null and not $5 then f.made else 0 end,
    known = case when f.finished_at is null and not $5 then f.known else 0 end,
    refused = case when f.finished_at is null and not $5 then f.refused else 0 end,
    rejected_bytes = case when f.finished_at is null and not $5 then f.rejected_bytes else 0 end,
    finished_at = null
returning records, made, known, refused, rejected_bytes
