"""`argosy bench`: measure against a bare baseline."""

import asyncio
import json
import sys
from typing import Annotated, Literal

from cyclopts import Parameter
from rich.console import Console

from argosy.bench.lineup import BENCHES
from argosy.bench.report import rounded, show
from argosy.bench.workbench import BenchFailed, workbench
from argosy.cli.runtime import started


def bench(
    name: Literal["capture", "lifecycle", "reads", "inventory", "all"],
    *,
    quick: bool = False,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Measure Argosy on this machine and server, as ratios to a bare baseline of the same run.

    Makes and drops databases of its own on the server of ARGOSY_DATABASE_URL, or on an embedded
    one that waits for the disk at every commit.

    Parameters
    ----------
    name
        What to measure.
    quick
        Smaller sizes, under 50 seconds each; the sizes are printed.
    as_json
        Print one JSON object (a line for each benchmark of `all`).
    """
    names = list(BENCHES) if name == "all" else [name]
    console = Console()
    with workbench(started()) as lent:
        for each in names:
            try:
                report = asyncio.run(BENCHES[each](lent, quick=quick))
            except BenchFailed as failure:
                print(f"argosy: bench {each}: {failure}", file=sys.stderr)
                sys.exit(1)
            if as_json:
                print(json.dumps(rounded(report.as_dict())), flush=True)
            else:
                show(report, console)
