"""Kill server, worker and database under load: every acknowledged order is there, once.

The seed and the moments are printed when the test fails; ARGOSY_CRASH_SEED repeats them.
"""

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import msgspec
import psutil
import pytest

from argosy.identity import SYSTEM, NewApiKey, door as identity
from argosy.kernel import migrations
from argosy.kernel.clock import SystemClock
from argosy.kernel.database import Database
from argosy.kernel.postgres import EmbeddedPostgres
from argosy.kernel.postgres.cluster import Cluster
from argosy.verification import verify_database
from argosy.worker.loop import settle
from argosy.worker.wiring import whole_house
from tests.business import make_business

CLIENTS = 6
LOAD_SECONDS = 16.0
MOST_SECONDS = 120.0
ENOUGH = 60
KILLS = ("server", "worker", "database", "server", "worker", "supervisor", "database")
STOCK = 400  # Fewer than are asked for, so that the last units are fought for while things die.


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Installation:
    """An installation in a folder, with server and worker as processes of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self.environ = os.environ | {
            "ARGOSY_DATA_DIR": str(folder),
            "ARGOSY_PORT": str(self.port),
            "ARGOSY_LOG_LEVEL": "error",
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.log = (folder / "processes.log").open("ab")

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, name: str) -> None:
        command = {"server": "serve", "worker": "worker"}[name]
        self.processes[name] = subprocess.Popen(
            [sys.executable, "-m", "argosy", command],
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
        )

    def kill(self, name: str) -> None:
        if name in self.processes:
            self.processes[name].kill()
            self.processes[name].wait()
            self.start(name)
            return
        for process in self._of_database():
            with contextlib.suppress(psutil.Error):
                supervises = "argosy.kernel.postgres.supervisor" in process.cmdline()
                if supervises == (name == "supervisor"):
                    process.kill()

    def _of_database(self) -> list[psutil.Process]:
        cluster = Cluster(self.folder / "postgres")
        places = {str(cluster.asked), str(cluster.folder), str(cluster.data)}
        return [
            process
            for process in psutil.process_iter(["cmdline"])
            if places & set(process.info["cmdline"] or [])
        ]

    def stop(self) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.log.close()


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(tmp_path)
    yield made
    made.stop()


async def _prepare(url: str) -> str:
    """Make the business and its stock; return a key."""
    await migrations.migrate(url)
    db = await Database.connect(url, max_size=2)
    try:
        now = SystemClock().now()
        business = await make_business(db, now)
        async with db.transaction() as tx:
            made = await identity.create_api_key(
                tx, NewApiKey(name="crash", roles=["admin"]), by=SYSTEM, now=now
            )
            await tx.execute(
                """
                with moved as (
                    insert into stock_balance (sku_id, location_id, on_hand)
                    select unnest($1::uuid []), $2, $3 returning *
                )
                insert into stock_movement
                    (sku_id, location_id, kind, on_hand_delta, cause_kind, made_by, made_at)
                select sku_id, location_id, 'received', on_hand, 'test', 'test', now() from moved
                """,
                [business.skus["MUG"], business.skus["PLATE"]],
                business.locations["reading"],
                STOCK,
            )
    finally:
        await db.close()
    return made.key


def _order(external_id: str, sku: str, quantity: int) -> dict[str, Any]:
    address = {"name": "B. Uyer", "line1": "1 High Street", "city": "London", "country": "GB"}
    address["postal_code"] = "N1 1AA"
    return {
        "channel": "web",
        "external_id": external_id,
        "currency": "GBP",
        "ship_to": address,
        "lines": [
            {
                "sku": sku,
                "quantity": quantity,
                "unit_price": "2.50",
                "amount_minor": 250 * quantity,
            }
        ],
        "total_minor": 250 * quantity,
        "payments": [{"gateway": "manual", "amount_minor": 250 * quantity}],
    }


class Load:
    """Clients that order until they are told to stop, each order again until it is answered."""

    def __init__(self, origin: str, key: str, seed: int) -> None:
        self.origin = origin
        self.headers = {"Authorization": f"Bearer {key}"}
        self.random = random.Random(seed)
        self.acknowledged: dict[str, str] = {}
        self.refused: set[str] = set()
        self.repeated = 0
        self.stopping = False

    async def client(self, number: int) -> None:
        limits = httpx.Limits(max_connections=1)
        async with httpx.AsyncClient(
            base_url=self.origin, headers=self.headers, timeout=20, limits=limits
        ) as http:
            count = 0
            while not self.stopping:
                count += 1
                external_id = f"crash-{number}-{count}"
                sku = self.random.choice(["MUG", "PLATE"])
                await self._until_answered(http, _order(external_id, sku, 1))

    async def _until_answered(self, http: httpx.AsyncClient, body: dict[str, Any]) -> None:
        external_id = body["external_id"]
        while True:
            try:
                answer = await http.post("/v1/orders", json=body)
            except httpx.HTTPError:
                self.repeated += 1
                await asyncio.sleep(0.05)
                continue
            if answer.status_code in (200, 201):
                self.acknowledged[external_id] = answer.json()["order_id"]
                return
            if answer.status_code == 409:
                assert answer.json()["code"] == "out_of_stock", answer.text
                self.refused.add(external_id)
                return
            assert answer.status_code == 503, answer.text
            self.repeated += 1
            await asyncio.sleep(0.05)


async def _until_served(installation: Installation) -> None:
    deadline = time.monotonic() + 60
    async with httpx.AsyncClient(base_url=installation.origin) as http:
        while True:
            try:
                if (await http.get("/readyz")).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            assert time.monotonic() < deadline, "the server does not come up"
            await asyncio.sleep(0.1)


async def _kill_at_random(installation: Installation, chance: random.Random) -> None:
    """Kill one thing after another, at moments drawn by chance."""
    moments = sorted(chance.uniform(0.5, LOAD_SECONDS - 3) for _ in KILLS)
    begun = time.monotonic()
    for victim, moment in zip(chance.sample(KILLS, len(KILLS)), moments, strict=True):
        await asyncio.sleep(max(0.0, begun + moment - time.monotonic()))
        print(f"{moment:.2f} s: {victim} is killed")
        await asyncio.to_thread(installation.kill, victim)


async def _run(installation: Installation, url: str, seed: int) -> Load:
    key = await _prepare(url)
    installation.start("server")
    installation.start("worker")
    await _until_served(installation)
    load = Load(installation.origin, key, seed)
    clients = [asyncio.create_task(load.client(number)) for number in range(CLIENTS)]
    begun = time.monotonic()
    await _kill_at_random(installation, random.Random(seed))
    await asyncio.sleep(max(0.0, begun + LOAD_SECONDS - time.monotonic()))
    # A busy machine takes longer to come back each time.
    while len(load.acknowledged) < ENOUGH and time.monotonic() < begun + MOST_SECONDS:  # noqa: ASYNC110
        await asyncio.sleep(0.2)
    load.stopping = True
    await asyncio.wait_for(asyncio.gather(*clients), 120)
    return load


async def _look_back(url: str, load: Load) -> None:
    db = await _connect(url)
    try:
        async with db.reading() as tx:
            rows = await tx.fetch("select external_id, order_id::text from orders")
            balances = await tx.fetch("select on_hand, allocated, reserved from stock_balance")
        found = [row["external_id"] for row in rows]
        by_id = {row["external_id"]: row["order_id"] for row in rows}
        assert len(found) == len(set(found)), "an order stands twice"
        lost = {name for name, order_id in load.acknowledged.items() if by_id.get(name) != order_id}
        assert not lost, f"acknowledged, and gone or another: {lost}"
        assert set(found) == set(load.acknowledged), "an order that nobody was told of"
        assert not load.refused & set(found), "a refused order stands"
        assert all(row["allocated"] + row["reserved"] <= row["on_hand"] for row in balances)
        await settle(db, SystemClock(), whole_house())
        assert await verify_database(db) == []
    finally:
        await db.close()


async def _connect(url: str) -> Database:
    deadline = time.monotonic() + 60
    while True:
        try:
            return await Database.connect(url, max_size=4)
        except (OSError, asyncpg.PostgresError):
            assert time.monotonic() < deadline, "the database does not come back"
            await asyncio.sleep(0.1)


def test_kills_under_load_lose_and_repeat_nothing(installation: Installation) -> None:
    seed = int(os.environ.get("ARGOSY_CRASH_SEED", "0")) or int(time.time())
    print(f"seed {seed}, {datetime.now(UTC):%H:%M:%S}")
    with EmbeddedPostgres(installation.folder / "postgres") as url:
        load = asyncio.run(_run(installation, url, seed))
        installation.stop()
        print(json.dumps(msgspec.to_builtins(_summary(load))))
        assert load.repeated, "nothing was interrupted: the kills did not meet the load"
        assert len(load.acknowledged) >= ENOUGH
        asyncio.run(_look_back(url, load))


def _summary(load: Load) -> dict[str, int]:
    return {
        "acknowledged": len(load.acknowledged),
        "refused": len(load.refused),
        "repeated": load.repeated,
    }
