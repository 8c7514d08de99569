-- Write down how far the import of a file has come.
update import_file set
    records = $2,
    made = $3,
    known = $4,
    refused = $5,
    rejected_bytes = $6,
    changed_at = $7::timestamptz,
    finished_at = case when $8 then $7::timestamptz end
where digest = $1
