"""SQL files: one statement each, a sentence on top, used, and writing only what is its own."""

import re

import pytest

from argosy.kernel.migrations import schema_dir
from tests.architecture.sources import (
    MIGRATIONS,
    SRC,
    modules,
    statements,
    tables,
    without_comments,
)

_WRITES = re.compile(r"\b(?:insert\s+into|update|delete\s+from|truncate(?:\s+table)?)\s+(\w+)")
_NO_TABLE = {"set", "of", "skip", "nowait", "do"}
EVERYBODYS = {"event", "job", "setting"}
STOCK = ("stock_balance", "sku_backlog", "allocation")
# Statements that write another context's tables, each with its reason. May only shrink.
FOREIGN_WRITES: frozenset[str] = frozenset()


def _written(sql: str) -> set[str]:
    text = re.sub(r"\b(for (no key )?update|do update|on conflict[^;]*?do update)\b", " ",
                  without_comments(sql))  # fmt: skip
    return {name for name in _WRITES.findall(text) if name not in _NO_TABLE}


def test_every_statement_begins_with_a_sentence_and_is_alone() -> None:
    wrong = set()
    for name, text in statements().items():
        first = text.partition("\n")[0]
        if not re.fullmatch(r"-- [A-Z].*[.)]", first):
            wrong.add(f"{name}: {first}")
        if ";" in without_comments(text).rstrip().rstrip(";"):
            wrong.add(f"{name}: more than one statement")
    assert wrong == set()


def test_every_statement_is_used() -> None:
    code = "\n".join(each.text for each in modules())
    unused = {
        name
        for name in statements()
        if (stem := name.rpartition("/")[2].removesuffix(".sql"))
        and not stem.startswith(("verify_", "repair_"))
        and f'"{stem}"' not in code
    }
    assert unused == set()


def test_statements_write_only_the_tables_of_their_own_context() -> None:
    owners = {table.name: table.context for table in tables().values()}
    wrong = set()
    for name, text in statements().items():
        context = name.partition("/")[0]
        if context in ("demo", "bench"):
            continue
        for table in _written(text) - EVERYBODYS:
            owner = owners.get(table)
            if owner is not None and owner != context and context not in ("kernel", "http_api"):
                wrong.add(f"{name} writes {table} of {owner}")
    assert wrong == FOREIGN_WRITES


def test_pain_07_stock_rows_are_never_skipped() -> None:
    stock = re.compile(r"\b(?:from|join|update)\s+(?:" + "|".join(STOCK) + r")\b")
    wrong = set()
    for name, text in statements().items():
        for before in without_comments(text).split("skip locked")[:-1]:
            if stock.search(before[before.rindex("select") :]):
                wrong.add(name)
    assert wrong == set()


def _body_of(table: str) -> str:
    return tables()[table].body


# Queues, logs of the whole house and what has no aggregate lead with another key, each on purpose.
OTHER_KEYS = frozenset(
    {
        "customer_key", "event_position", "fulfillment_order_key",
        "gateway_reference", "gateway_watch", "import_file", "invoice_number", "invoice_series",
        "job", "lease", "order_key", "reader_cursor", "sandbox_account", "sandbox_authorization",
        "sandbox_operation", "setting", "stray_payment", "sweep_run", "tracking_event",
        "tracking_key",
    }
)  # fmt: skip


def test_scale_out_rule_1_keys_lead_with_the_id_of_the_aggregate() -> None:
    wrong = set()
    for table in tables().values():
        match = re.search(r"primary key \(([^)]*)\)", table.body)
        lead = match[1].split(",")[0].strip() if match else None
        if lead is None:
            own = re.search(r"^\s+(\w+) (\w+).*primary key", table.body, re.MULTILINE)
            assert own is not None, f"{table.name} has no primary key"
            lead = own[1]
        kind = re.search(rf"^\s+{lead} (\w+)", table.body, re.MULTILINE)
        reference = table.context in ("catalogue", "identity")
        if not (lead.endswith("_id") and kind and kind[1] == "uuid") and not reference:
            wrong.add(table.name)
    assert wrong == OTHER_KEYS


def test_scale_out_rule_2_foreign_keys_stay_inside_or_point_to_reference_tables() -> None:
    references = {"channel", "location", "location_group", "sku", "product", "delivery_method"}
    wrong = set()
    for table in tables().values():
        for target in re.findall(r"references (\w+)", table.body):
            owner = tables()[target]
            if target not in references and owner.context != table.context:
                wrong.add(f"{table.name} -> {target}")
    assert wrong == set()


def test_scale_out_rule_5_jobs_are_claimed_by_bucket() -> None:
    assert re.search(r"primary key \(bucket, job_id\)", _body_of("job"))
    claim = statements()["kernel/claim_jobs.sql"]
    assert "bucket" in claim
    assert "skip locked" in claim


def test_scale_out_rule_6_no_triggers_functions_extensions_or_temporary_tables() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in MIGRATIONS.glob("*.sql")}
    texts |= statements()
    banned = re.compile(
        r"\bcreate\s+(or replace\s+)?(trigger|function|procedure|extension|temp|temporary)\b"
        r"|\bplpgsql\b|\bpg_notify\b|\bdo \$\$"
    )
    assert {name for name, text in texts.items() if banned.search(without_comments(text))} == set()


@pytest.mark.parametrize("table", sorted(tables()))
def test_every_constraint_is_named_for_its_rule(table: str) -> None:
    for row in _body_of(table).splitlines():
        text = row.strip()
        assert not text.startswith(("check (", "unique (", "foreign key (")), text
        if " check (" in f" {text}":
            assert text.startswith("constraint "), text


def test_the_schema_is_found_beside_the_sources() -> None:
    assert (schema_dir() / "schema.sql").exists()
    assert SRC.exists()
