-- How invoices are made, if it was ever set.
select value
from setting
where name = 'invoicing'
