"""The HTTP API: composes the routes of every context; decides nothing."""
