-- Take the cursor of a reader for this transaction; nothing when another process has it.
select position
from reader_cursor
where reader = $1
for no key update skip locked
