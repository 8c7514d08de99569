-- How far the import of a file has come.
select
    records,
    made,
    known,
    refused,
    rejected_bytes,
    finished_at
from import_file
where digest = $1
