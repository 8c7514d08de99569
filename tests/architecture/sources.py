"""What the tests of the architecture look at: modules, statements and the schema."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "argosy"
MIGRATIONS = ROOT / "schema" / "migrations"

CONTEXTS = (
    "catalogue", "customers", "exceptions", "fulfillment", "identity", "inventory", "orders",
    "payments", "promotions", "webhooks",
)  # fmt: skip


class Module(NamedTuple):
    """A Python file of ours, parsed."""

    path: str
    text: str
    tree: ast.Module


@cache
def modules() -> tuple[Module, ...]:
    """Return every module of the package."""
    found = []
    for path in sorted(SRC.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        found.append(Module(str(path.relative_to(SRC)), text, ast.parse(text)))
    return tuple(found)


@cache
def statements() -> dict[str, str]:
    """Return every SQL file by `context/name.sql`."""
    return {
        f"{path.parent.parent.relative_to(SRC)}/{path.name}": path.read_text(encoding="utf-8")
        for path in sorted(SRC.rglob("sql/*.sql"))
    }


def without_comments(sql: str) -> str:
    """Return a statement without its comments and the texts in quotes."""
    return re.sub(r"'[^']*'", "''", re.sub(r"--[^\n]*", "", sql))


class Table(NamedTuple):
    """A table as its migration makes it: context, name, and the text between the brackets."""

    context: str
    name: str
    body: str


@cache
def tables() -> dict[str, Table]:
    """Return every table by name."""
    found = {}
    for path in sorted(MIGRATIONS.glob("*.sql")):
        context = path.stem.partition("_")[2]
        for match in re.finditer(
            r"^create table (\w+) \(\n(.*?)^\)",
            path.read_text(encoding="utf-8"),
            re.MULTILINE | re.DOTALL,
        ):
            found[match[1]] = Table(context, match[1], match[2])
    return found


def names_of(tree: ast.AST) -> set[str]:
    """Return every name that a module defines: functions, classes, arguments and variables."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names
