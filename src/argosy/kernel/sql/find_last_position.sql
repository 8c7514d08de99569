-- How far the event log has come.
select last_position from event_position
