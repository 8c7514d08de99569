"""`argosy demo`."""

import asyncio
import contextlib
import sys
from collections import Counter
from typing import Annotated

import asyncpg
import msgspec
import uvloop
from cyclopts import Parameter
from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.status import Status
from rich.table import Table

from argosy.cli.runtime import database, migrated, stop_signals
from argosy.cli.serve import listen
from argosy.demo.api import DemoFailed
from argosy.demo.plan import Plan
from argosy.demo.replay import Stopped
from argosy.demo.run import DemoSettings, Told, run_demo
from argosy.demo.state import DemoState
from argosy.demo.summary import Summary, show
from argosy.kernel.logs import configure_logs
from argosy.kernel.settings import read_settings

STOPPED = 130
"""The exit status when the replay was stopped before it was through; the next run goes on."""


def demo(
    *,
    once: bool = False,
    orders: int | None = None,
    reset: bool = False,
    host: str | None = None,
    port: int | None = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Run a demo business: two weeks of real orders of a gift shop, then new ones as you watch.

    Starts the database, the HTTP API and workers in this process, replays the orders through the
    API with staff and carriers that are played, and keeps going until Ctrl-C (exit status 0; 130
    when the replay was not through yet). Another run goes on where this one ended.

    Parameters
    ----------
    once
        Bring every order to its end, print what became of them, and exit.
    orders
        Place only so many of the sample's orders, spread evenly over the two weeks.
    reset
        Drop everything the demo has in the database and begin anew.
    host
        The address to listen on, instead of ARGOSY_HOST.
    port
        The port to listen on, instead of ARGOSY_PORT; 0 takes a free one.
    as_json
        With --once: print the summary as JSON, and nothing else.
    """
    settings = read_settings()
    configure_logs("error" if settings.log_level == "info" else settings.log_level, "console")
    if as_json and not once:
        raise SystemExit("argosy: --json goes with --once")
    if orders is not None and orders < 1:
        raise SystemExit("argosy: --orders is 1 or more")
    listener = listen(
        settings.host if host is None else host, settings.port if port is None else port
    )
    asked = DemoSettings(listener, settings, settings.data_path, once, orders)
    screen = Screen(Console(highlight=False, quiet=as_json), quiet=as_json)
    screen.say("Starting the database")
    with listener, contextlib.ExitStack() as stack:
        stack.callback(screen.close)
        try:
            if reset:
                with database(settings) as url:
                    asyncio.run(_forget(url))
            url = stack.enter_context(migrated(settings))
            summary = uvloop.run(_run(url, asked, screen))
        except DemoFailed as failure:
            screen.close()
            raise SystemExit(f"argosy: {failure}") from None
    if as_json and summary is not None:
        print(msgspec.json.format(msgspec.json.encode(summary), indent=2).decode())
    if summary is None:
        sys.exit(STOPPED)
    sys.exit(1 if summary.verify_findings else 0)


async def _run(url: str, asked: DemoSettings, screen: "Screen") -> Summary | None:
    """Return the summary; None when the replay was stopped."""
    stop = asyncio.Event()
    stop_signals(stop)
    try:
        return await run_demo(url, asked, stop, screen.told())
    except Stopped:
        screen.stopped()
        return None


async def _forget(url: str) -> None:
    """Empty the database of a demo, whatever schema it has; refuse to empty any other."""
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetchval("select to_regclass('orders') is not null")
        kept = tables and await connection.fetchval("select 1 from setting where name = 'demo'")
        if tables and not kept and await connection.fetchval("select 1 from orders limit 1"):
            raise DemoFailed("--reset only empties databases that a demo made, and this is another")
        await connection.execute("drop schema public cascade")
        await connection.execute("create schema public")
    finally:
        await connection.close()


class Screen:
    """What the user sees: a bar while the sample is replayed, then tables, then a line.

    Where the output is no terminal, there are a few plain lines instead of what moves.
    """

    def __init__(self, console: Console, *, quiet: bool) -> None:
        self.console = console
        self.moves = console.is_terminal and not quiet
        self.status = Status("Starting the database", console=console)
        self.progress = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("orders · [cyan]{task.fields[day]}[/cyan] ·"),
            TimeElapsedColumn(),
            console=console,
        )
        self._task = self.progress.add_task("Replaying", total=None, day="")
        self._said = ""

    def told(self) -> Told:
        """Return what the demo calls as it goes."""
        return Told(
            self.opening, self.ready, self.replayed, self.finishing, self.lived, self.summed_up
        )

    def say(self, what: str) -> None:
        """Show what is being done now."""
        if self.moves:
            self.status.update(what)
            self.status.start()
        elif what != self._said:
            self._said = what
            self.console.print(what)

    def opening(self, what: str) -> None:
        """Say what is being loaded."""
        self.say(f"Opening the business: {what}")

    def ready(self, address: str, keys: dict[str, str]) -> None:
        """Say where to look and how to log in."""
        self.status.stop()
        where = Table.grid(padding=(0, 2))
        where.add_row("[bold]API documentation[/bold]", f"{address}/docs")
        where.add_row("[bold]health[/bold]", f"{address}/healthz and {address}/readyz")
        where.add_row("[bold]metrics[/bold]", f"{address}/metrics (with the key monitoring)")
        self.console.print(Panel(where, title="Argosy demo", title_align="left", expand=False))
        self.console.print("API keys, sent as  Authorization: Bearer KEY")
        width = max(map(len, keys))
        for name, key in keys.items():
            # Whole on a line of its own, so that it can be copied on any terminal.
            self.console.print(f"  {name:<{width}}  {key}", soft_wrap=True, highlight=False)
        self.console.print("Look at some orders:")
        self.console.print(f"  KEY={keys['operator']}", soft_wrap=True)
        curl = f"  curl -H \"Authorization: Bearer $KEY\" '{address}/v1/orders?limit=3'"
        self.console.print(curl, soft_wrap=True)
        self.console.print()

    def replayed(self, state: DemoState, plan: Plan) -> None:
        """Move the bar to where the replay is."""
        done = sum(
            each.placed_at is not None and each.placed_at <= state.clock for each in plan.orders
        )
        if not self.moves:
            self.say(f"Replaying: {10 * (10 * done // len(plan.orders))} % of the orders")
            return
        self.status.stop()
        self.progress.start()
        day = f"{state.clock:%a %d %b %H:%M}"
        self.progress.update(self._task, completed=done, total=len(plan.orders), day=day)

    def finishing(self, round_no: int) -> None:
        """Say that what has begun is being finished."""
        self.progress.stop()
        if self.moves or round_no == 0:
            self.say("Finishing what has begun: parcels leave and arrive")

    def summed_up(self, summary: Summary) -> None:
        """Print what became of the orders."""
        self.close()
        show(self.console, summary)
        self.console.print()

    def lived(self, counts: Counter[str]) -> None:
        """Say what happened since the replay."""
        if not self.moves:
            self.say("Live: new orders come in; Ctrl-C (SIGINT) or SIGTERM stops")
            return
        failed = f", {counts['failed']:,} steps failed" if counts["failed"] else ""
        self.say(
            f"[green]live[/green]  {counts['placed']:,} new orders, {counts['steps']:,} steps by "
            f"staff and carriers, {counts['refused']:,} refused{failed}   [dim]Ctrl-C stops[/dim]"
        )

    def stopped(self) -> None:
        """Say that another run goes on from here."""
        self.close()
        self.console.print("Stopped. The next run goes on from here; --reset begins anew.")

    def close(self) -> None:
        """Leave the terminal as it was."""
        self.progress.stop()
        self.status.stop()
