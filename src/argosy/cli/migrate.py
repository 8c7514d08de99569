"""`argosy migrate`."""

import json
from typing import Annotated

from cyclopts import Parameter

from argosy.cli.runtime import apply_migrations, database, started


def migrate(*, as_json: Annotated[bool, Parameter(name="--json")] = False) -> None:
    """Bring the database to the schema of this version.

    Parameters
    ----------
    as_json
        Print what was applied as JSON.
    """
    with database(started()) as url:
        applied = apply_migrations(url)
    names = [f"{each.number:04d}_{each.name}" for each in applied]
    if as_json:
        print(json.dumps({"applied": names}))
    elif names:
        print("\n".join(f"applied {name}" for name in names))
    else:
        print("the schema is up to date")
