"""The tables as the migrations make them: read from the files, without a database."""

import re
from typing import NamedTuple

from argosy.kernel.migrations import migrations

_TABLE = re.compile(r"^create table (\w+) \((.*?)^\)", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"^comment on (table|column) ([\w.]+) is\s+'((?:[^']|'')*)'", re.MULTILINE)
_INDEX = re.compile(r"^create (unique )?index (\w+)\s+on (\w+)\s*(.*?);", re.DOTALL | re.MULTILINE)
_REFERENCE = re.compile(r"references (\w+)")
_WORD = re.compile(r"^(\w+)\s+(.*)$", re.DOTALL)
_ENDS_TYPE = re.compile(
    r"\s+(not null|null|default|references|primary key|unique|check|generated|constraint)\b"
)


class Column(NamedTuple):
    """One column: `rule` is whatever stands behind its type."""

    name: str
    kind: str
    rule: str
    references: str | None


class Table(NamedTuple):
    """One table with its columns, keys, constraints and indexes."""

    name: str
    comment: str
    columns: list[Column]
    primary_key: list[str]
    constraints: list[tuple[str, str]]
    indexes: list[str]


class Group(NamedTuple):
    """The tables of one migration file."""

    name: str
    sentence: str
    tables: list[Table]


def groups() -> list[Group]:
    """Return the tables of every migration, in the order of the files."""
    return [_group(each.name, each.text) for each in migrations()]


def _group(name: str, text: str) -> Group:
    sentence = text.split("\n", 1)[0].removeprefix("--").strip()
    comments = {target: said.replace("''", "'") for _, target, said in _COMMENT.findall(text)}
    indexes: dict[str, list[str]] = {}
    for unique, index, table, rest in _INDEX.findall(text):
        told = f"`{index}` {'unique ' if unique else ''}{_flat(rest)}"
        indexes.setdefault(table, []).append(told)
    return Group(
        name,
        sentence,
        [
            _table(table, body, comments.get(table, ""), indexes.get(table, []))
            for table, body in _TABLE.findall(text)
        ],
    )


def _table(name: str, body: str, comment: str, indexes: list[str]) -> Table:
    columns, constraints, key = [], [], []
    for part in _parts(body):
        lower = part.lower()
        if lower.startswith("constraint "):
            _, label, rule = part.split(None, 2)
            constraints.append((label, rule))
        elif lower.startswith("primary key"):
            key = [each.strip() for each in part[part.index("(") + 1 : part.rindex(")")].split(",")]
        elif lower.startswith(("unique", "check", "foreign key", "exclude")):
            constraints.append(("", part))
        else:
            columns.append(_column(part))
            if " primary key" in lower:
                key = [columns[-1].name]
    return Table(name, comment, columns, key, constraints, indexes)


def _column(part: str) -> Column:
    match = _WORD.match(part)
    assert match is not None, f"a column has a name and a type: {part}"
    name, rest = match.groups()
    end = _ENDS_TYPE.search(rest)
    kind, rule = (rest, "") if end is None else (rest[: end.start()], rest[end.start() :].strip())
    reference = _REFERENCE.search(rule)
    return Column(name, kind, rule, reference[1] if reference else None)


def _parts(body: str) -> list[str]:
    """Return what stands between the commas of a table's body, comments left out."""
    text = "\n".join(line.split("--")[0] for line in body.split("\n"))
    parts, depth, quoted, start = [], 0, False, 0
    for place, sign in enumerate(text):
        if sign == "'":
            quoted = not quoted
        elif not quoted and sign in "()":
            depth += 1 if sign == "(" else -1
        elif not quoted and depth == 0 and sign == ",":
            parts.append(text[start:place])
            start = place + 1
    parts.append(text[start:])
    return [_flat(part) for part in parts if part.strip()]


def _flat(text: str) -> str:
    return " ".join(text.split())


def diagram(group: Group, known: dict[str, Table]) -> str:
    """Return a mermaid diagram of a group: keys, and what refers to what."""
    lines = ["erDiagram"]
    for table in group.tables:
        lines.append(f"    {table.name} {{")
        for column in table.columns:
            if column.name in table.primary_key or column.references:
                mark = "PK" if column.name in table.primary_key else "FK"
                lines.append(f"        {_plain(column.kind)} {column.name} {mark}")
        lines.append("    }")
    for table in group.tables:
        owners = dict.fromkeys(
            column.references for column in table.columns if column.references is not None
        )
        lines += [f"    {owner} ||--o{{ {table.name} : has" for owner in owners]
        root = _root(table, known)
        if root is not None and root not in owners:
            lines.append(f"    {root} ||..o{{ {table.name} : has")
    return "\n".join(lines)


def _plain(kind: str) -> str:
    return re.sub(r"\W+", "_", kind).strip("_")


def _root(table: Table, known: dict[str, Table]) -> str | None:
    """Return the aggregate whose id leads the table's primary key, if it is another table."""
    if not table.primary_key or not table.primary_key[0].endswith("_id"):
        return None
    for other in known.values():
        if other.primary_key == table.primary_key[:1] and other.name != table.name:
            return other.name
    return None
