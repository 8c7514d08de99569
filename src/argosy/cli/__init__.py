"""The command line. Each command lives in a module of its own and is imported when it is called."""

import sys
from importlib.util import find_spec

from cyclopts import App

from argosy import __version__

app = App(
    name="argosy",
    help="Order management: orders, stock, money and parcels, kept exact.",
    version=__version__,
)
COMMANDS = (
    ("serve", "argosy.cli.serve:serve", "Serve the HTTP API."),
    ("worker", "argosy.cli.worker:worker", "Sequence events, run readers, jobs and sweeps."),
    ("demo", "argosy.cli.demo:demo", "Run a demo business on real orders."),
    ("migrate", "argosy.cli.migrate:migrate", "Bring the database to this version's schema."),
    ("import", "argosy.cli.imports:app", "Import orders and catalogue files."),
    ("verify", "argosy.cli.verify:verify", "Check every balance and invariant."),
    ("bench", "argosy.cli.bench:bench", "Measure against a bare baseline."),
    ("doctor", "argosy.cli.doctor:doctor", "Look for what is wrong with this installation."),
    ("key", "argosy.cli.key:app", "Make API keys."),
)
# The list of commands says one line of each without importing it; a command's own page says all.
_listing = len(sys.argv) < 2 or sys.argv[1].startswith("-h") or sys.argv[1] == "--help"
for _name, _place, _line in COMMANDS:
    if find_spec(_place.partition(":")[0]) is not None:
        app.command(_place, name=_name, help=_line if _listing else None)


def main() -> None:
    """Run the command line; a setting that cannot be used ends it with status 2."""
    from argosy.cli.runtime import DatabaseUnreachable  # noqa: PLC0415
    from argosy.kernel.migrations import SchemaMismatch  # noqa: PLC0415
    from argosy.kernel.postgres import PostgresFailed  # noqa: PLC0415
    from argosy.kernel.settings import SettingsInvalid  # noqa: PLC0415

    try:
        app()
    except (SettingsInvalid, SchemaMismatch, PostgresFailed, DatabaseUnreachable) as error:
        print(f"argosy: {error}", file=sys.stderr)
        sys.exit(2)
