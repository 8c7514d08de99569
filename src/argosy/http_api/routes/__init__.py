"""Routes that no context owns: the server's own state, the event log, the jobs."""
