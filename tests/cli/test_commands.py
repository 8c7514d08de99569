"""The command line: what it prints, how it ends, and what it says when it cannot."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from argosy.cli import COMMANDS
from argosy.kernel.settings import Settings, SettingsInvalid, read_settings, settings_reference

UNREACHABLE = "postgresql://nobody@127.0.0.1:1/nothing"


def argosy(*words: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "argosy", *words],
        env={**os.environ, "ARGOSY_LOG_LEVEL": "error", **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("name", [name for name, *_ in COMMANDS])
def test_every_command_explains_itself(name: str) -> None:
    shown = argosy(name, "--help")
    assert shown.returncode == 0, shown.stderr
    assert f"argosy {name}" in shown.stdout


def test_the_list_says_one_line_of_each_command() -> None:
    shown = argosy("--help").stdout
    for name, _, line in COMMANDS:
        assert re.search(rf"{name} +{re.escape(line[:30])}", shown), name


def test_doctor_says_what_is_wrong_and_how_to_mend_it(database_url: str) -> None:
    well = argosy("doctor", "--json", ARGOSY_DATABASE_URL=database_url)
    found = json.loads(well.stdout)
    assert (well.returncode, found["ok"]) == (0, True)
    checks = {each["name"]: each for each in found["checks"]}
    assert checks["schema"]["status"] == "ok"
    assert checks["worker"]["status"] == "warning"
    assert "argosy worker" in checks["worker"]["fix"]
    assert all(each["fix"] for each in found["checks"] if each["status"] != "ok")
    assert checks["sandbox_gateway"]["status"] == "warning"
    table = argosy("doctor", ARGOSY_DATABASE_URL=database_url, ARGOSY_PROT="8001")
    assert "ARGOSY_PROT" in table.stdout
    away = argosy("doctor", "--json", ARGOSY_DATABASE_URL=UNREACHABLE)
    assert away.returncode == 1
    failed = [each for each in json.loads(away.stdout)["checks"] if each["status"] == "failed"]
    assert [each["name"] for each in failed] == ["database"]


def test_doctor_sees_what_waits_and_what_failed(database_url: str) -> None:
    import asyncio  # noqa: PLC0415

    import asyncpg  # noqa: PLC0415

    async def spoil() -> None:
        connection = await asyncpg.connect(database_url)
        await connection.execute(
            "insert into event (name, subject_id, subject_version, occurred_at, body, recorded_at)"
            " values ('thing.done.v1', gen_random_uuid(), 1, now(), '{}', now() - interval '1 h');"
            "insert into job (bucket, job_id, kind, key, subject_id, body, state, run_at)"
            " values (0, gen_random_uuid(), 'a', 'a', gen_random_uuid(), '{}', 'dead', now()),"
            " (0, gen_random_uuid(), 'a', 'b', gen_random_uuid(), '{}', 'ready',"
            " now() - interval '1 min');"
            "insert into reader_cursor (reader, failures, last_error) values ('r', 3, 'broken')"
        )
        await connection.close()

    asyncio.run(spoil())
    shown = argosy("doctor", "--json", ARGOSY_DATABASE_URL=database_url)
    checks = {each["name"]: each["status"] for each in json.loads(shown.stdout)["checks"]}
    assert shown.returncode == 1
    assert checks["events"] == "failed"
    assert checks["jobs"] == "warning"
    assert checks["dead_jobs"] == "warning"
    assert checks["readers"] == "failed"


def test_keys_are_made_listed_and_revoked(database_url: str) -> None:
    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        return argosy("key", *words, ARGOSY_DATABASE_URL=database_url)

    made = json.loads(run("create", "shop", "orders:read", "--role", "warehouse", "--json").stdout)
    assert made["key"].startswith("argosy_")
    assert (made["permissions"], made["roles"]) == (["orders:read"], ["warehouse"])
    listed = json.loads(run("list", "--json").stdout)["keys"]
    assert [each["name"] for each in listed] == ["shop"]
    assert "key" not in listed[0]
    assert run("revoke", made["api_key_id"]).returncode == 0
    assert run("revoke", made["api_key_id"]).returncode == 1
    for words, told in (
        (("create", "x", "nope:read"), "no permission"),
        (("create", "x", "--channel", "nowhere"), "there is no channel nowhere"),
        (("create", ""), "cannot be made"),
    ):
        refused = run(*words)
        assert refused.returncode == 1
        assert told in refused.stderr
        assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    "words", [("migrate",), ("verify",), ("serve", "--port", "0"), ("worker",)]
)
def test_a_database_that_is_not_there_is_said_in_one_line(words: tuple[str, ...]) -> None:
    ended = argosy(*words, ARGOSY_DATABASE_URL=UNREACHABLE)
    assert ended.returncode == 2
    assert ended.stderr.startswith("argosy: the database cannot be reached")
    assert ended.stderr.count("\n") == 1


def test_a_taken_port_is_said_in_one_line(server: Any) -> None:
    port = server.url.rsplit(":", 1)[1]
    ended = argosy("serve", "--port", port, ARGOSY_DATABASE_URL=server.database_url)
    assert ended.returncode == 2
    assert f"port {port}" in ended.stderr
    assert "--port" in ended.stderr


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("ARGOSY_PORT", "many", "ARGOSY_PORT is 'many'"),
        ("ARGOSY_PORT", "70000", "<= 65535"),
        ("ARGOSY_LOG_LEVEL", "loud", "ARGOSY_LOG_LEVEL"),
        ("ARGOSY_DATABASE_URL", "mysql://x", "postgresql://"),
        ("ARGOSY_CONFIG", "/nowhere.toml", "no such file"),
        ("ARGOSY_CONFIG", "/", "cannot be read"),
        ("ARGOSY_DATABASE_URL", "postgresql://[", "ARGOSY_DATABASE_URL is no URL"),
        ("ARGOSY_OUTGOING_ALLOW", "10.0.0.0/8,intern", "'intern', which is no network"),
        ("ARGOSY_MASTER_KEY", "secret", "ARGOSY_MASTER_KEY must hold 32 bytes"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(variable: str, value: str, told: str) -> None:
    with pytest.raises(SettingsInvalid, match=re.escape(told)):
        read_settings({variable: value})


@pytest.mark.parametrize("days", ["-1", "0", "99999999"])
def test_a_key_ends_within_a_hundred_years(days: str) -> None:
    ended = argosy("key", "create", "x", "--expires-in-days", days)
    assert ended.returncode == 2
    assert "--expires-in-days" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("url", ["postgresql://u:pass@127.0.0.1:99999/x", "postgresql://u:pa/ss@x"])
def test_a_url_that_cannot_be_read_is_said_without_its_password(url: str) -> None:
    ended = argosy("verify", ARGOSY_DATABASE_URL=url)
    assert ended.returncode == 2
    assert ended.stderr.startswith("argosy: ARGOSY_DATABASE_URL cannot be read")
    assert "pa" not in ended.stderr.replace("password", "")


def test_a_data_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = argosy("verify", ARGOSY_DATABASE_URL="", ARGOSY_DATA_DIR=str(tmp_path / "file" / "x"))
    assert ended.returncode == 2
    assert "which cannot be made" in ended.stderr


def test_the_sandbox_gateway_can_be_switched_off() -> None:
    tell = (
        "from argosy.payments import gateway_names; from argosy.payments.http import ROUTES;"
        "from argosy.payments.commands.gateways import gateways;"
        "print(*gateway_names(), *gateways(None), *(r.path for r in ROUTES if 'sandbox' in r.path))"
    )
    environ = {**os.environ, "ARGOSY_SANDBOX_GATEWAY": "false"}
    shown = subprocess.run(
        [sys.executable, "-c", tell], env=environ, capture_output=True, text=True, check=True
    )
    assert shown.stdout.split() == ["manual", "manual"]


def test_settings_come_from_a_file_and_the_environment_wins(tmp_path: Path) -> None:
    file = tmp_path / "argosy.toml"
    file.write_text('port = 9000\npool_size = 3\noutgoing_allow = ["10.0.0.0/8"]\n')
    read = read_settings({"ARGOSY_CONFIG": str(file), "ARGOSY_PORT": "9001"})
    assert (read.port, read.pool_size, read.outgoing_allow) == (9001, 3, ["10.0.0.0/8"])
    file.write_text("prot = 9000\n")
    with pytest.raises(SettingsInvalid, match="prot is not a setting"):
        read_settings({"ARGOSY_CONFIG": str(file)})
    file.write_text("port = \n")
    with pytest.raises(SettingsInvalid, match="is not TOML"):
        read_settings({"ARGOSY_CONFIG": str(file)})


def test_every_setting_is_described() -> None:
    rows = settings_reference()
    assert len(rows) == len(Settings.__struct_fields__)
    assert all(text.endswith(".") for *_, text in rows)


def test_a_worker_is_small_and_ends_when_told(database_url: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "argosy", "worker"],
        env={**os.environ, "ARGOSY_DATABASE_URL": database_url, "ARGOSY_LOG_FORMAT": "json"},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if "worker_started" in line:
                break
        resident = psutil.Process(process.pid).memory_info().rss
        assert resident < 150 * 2**20
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert time.monotonic() - began < 20
        assert "worker_stopped" in process.stderr.read()
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
