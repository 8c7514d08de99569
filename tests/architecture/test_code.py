"""What import-linter and ruff cannot say about the code. Lists of exceptions may only shrink."""

import ast
import re

from tests.architecture.sources import CONTEXTS, ROOT, modules, names_of

LONGEST_FILE = 400
LONGEST_FUNCTION = 70
LONG_FILES: frozenset[str] = frozenset()
LONG_FUNCTIONS: frozenset[str] = frozenset()
BANNED = frozenset({"util", "utils", "common", "helper", "helpers", "manager", "base", "handle"})
BANNED_ALLOWED: frozenset[str] = frozenset()
# Entry points compose contexts, so they may open any of their rooms.
ENTRY_POINTS = ("bench", "cli", "demo", "docs", "http_api", "imports", "worker")


def test_no_file_is_longer_than_400_lines() -> None:
    long = {each.path for each in modules() if each.text.count("\n") > LONGEST_FILE}
    assert long == LONG_FILES


def test_no_function_is_longer_than_70_lines() -> None:
    long = set()
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                if node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION:
                    long.add(f"{module.path} {node.name}")
    assert long == LONG_FUNCTIONS


def test_names_say_what_a_thing_is() -> None:
    found = set()
    for module in modules():
        for name in names_of(module.tree) | {module.path.rpartition("/")[2].removesuffix(".py")}:
            words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_")
            if BANNED & set(words) or (words[0] == "process" and len(words) > 1):
                found.add(f"{module.path} {name}")
    found = {
        each for each in found if not each.endswith((" process_exception", " ProcessException"))
    }
    assert found == BANNED_ALLOWED


def test_only_a_request_body_is_called_data() -> None:
    found = {
        module.path
        for module in modules()
        if "data" in names_of(module.tree) and "/http" not in module.path
    }
    # What a protocol of asyncio receives is called so by asyncio.
    allowed = ("http_api/", "kernel/http", "bench/load", "cli/protocol")
    assert {each for each in found if not each.startswith(allowed)} == set()


def test_nothing_is_left_for_later() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
    found = {each.path for each in modules() if marks.search(each.text.replace('"XXX"', ""))}
    for path in sorted((ROOT / "tests").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if path.parent.name != "architecture" and re.search(
            r"TODO|FIXME|mark\.(skip|xfail)\b", text
        ):
            found.add(str(path))
    assert found == set()


def test_contexts_import_each_other_only_by_their_two_doors() -> None:
    wrong = set()
    for module in modules():
        own = module.path.partition("/")[0].removesuffix(".py")
        if own in ENTRY_POINTS:
            continue
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.ImportFrom) or node.module is None:
                continue
            parts = node.module.split(".")
            if parts[0] != "argosy" or len(parts) < 2 or parts[1] in (own, "kernel"):
                continue
            if parts[1] in CONTEXTS and parts[2:] not in ([], ["door"]):
                wrong.add(f"{module.path}: {node.module}")
            if len(parts) == 2:
                rooms = {alias.name for alias in node.names} & {
                    "commands", "decide", "events", "http", "jobs", "model", "reads", "store",
                }  # fmt: skip
                wrong |= {f"{module.path}: {node.module}.{room}" for room in rooms}
    assert wrong == set()


def test_rules_do_not_ask_for_the_time_or_for_chance() -> None:
    wrong = set()
    for module in modules():
        rooms = module.path.split("/")[1:2]
        if not rooms or rooms[0].removesuffix(".py") not in ("decide", "model", "events"):
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Import):
                names = {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names = {node.module or ""}
            elif isinstance(node, ast.Attribute) and node.attr in ("now", "today", "utcnow"):
                names = {"time"} if isinstance(node.value, ast.Name) else set()
                names = names if getattr(node.value, "id", "") in ("datetime", "date") else set()
            else:
                continue
            if names & {"random", "secrets", "time", "uuid7"}:
                wrong.add(f"{module.path}:{node.lineno}")
    assert wrong == set()
