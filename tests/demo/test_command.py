"""`argosy demo` as a user starts it: a process, a fresh folder, a real port, Ctrl-C."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

SECONDS = 240


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for the tests of this file: what one leaves, the next goes on with."""
    return tmp_path_factory.mktemp("demo")


def _environment(folder: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("ARGOSY_")}
    return kept | {"ARGOSY_DATA_DIR": str(folder), "COLUMNS": "100"}


def _demo(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "argosy", "demo", "--port", "0", *arguments],
        env=_environment(folder),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@pytest.mark.xdist_group("demo_command")
def test_once_runs_orders_to_their_end_and_again_changes_nothing(folder: Path) -> None:
    first = _demo(folder, "--once", "--json", "--orders", "12")
    assert first.returncode == 0, first.stderr
    said = json.loads(first.stdout)
    assert said["orders"] == 12
    assert said["verify_findings"] == 0
    assert said["standing"].get("in_progress", 0) == 0
    assert said["lifecycle"]["closed"] >= 9
    assert said["invoices"] >= said["lifecycle"]["closed"]
    again = _demo(folder, "--once", "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout) == said
    other = _demo(folder, "--once", "--json", "--orders", "13")
    assert other.returncode == 1
    assert "--reset" in other.stderr


@pytest.mark.xdist_group("demo_command")
def test_live_answers_and_stops_cleanly_at_ctrl_c(folder: Path) -> None:
    """The folder may have a demo of the test before, or none: the replay is short either way."""
    with subprocess.Popen(
        [sys.executable, "-m", "argosy", "demo", "--port", "0", "--orders", "12"],
        env=_environment(folder) | {"PYTHONUNBUFFERED": "1"},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        try:
            assert running.stdout is not None
            lines = _until(running.stdout, "Live:")
            text = "".join(lines)
            found = re.search(r"(http://127\.0\.0\.1:\d+)/docs", text)
            assert found, text
            with urllib.request.urlopen(f"{found[1]}/healthz", timeout=20) as answer:  # noqa: S310
                assert json.loads(answer.read()) == {"status": "ok"}
            running.send_signal(signal.SIGINT)
            rest = running.stdout.read()
            assert running.wait(SECONDS) == 0, rest
        finally:
            running.kill()
    _, alive = psutil.wait_procs(
        [
            each
            for each in psutil.process_iter(["cmdline"])
            if any(str(folder) in word for word in each.info["cmdline"] or ())
        ],
        timeout=60,
    )
    assert not alive, [each.cmdline() for each in alive]


def _until(lines: Iterator[str], word: str) -> list[str]:
    read = []
    for line in lines:
        read.append(line)
        if word in line:
            return read
    raise AssertionError("it ended: " + "".join(read))
