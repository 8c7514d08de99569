-- How many orders are captured and invoiced whole.
select count(*)::int
from order_money
where total_minor > 0 and captured_minor = total_minor and invoiced_minor = total_minor
