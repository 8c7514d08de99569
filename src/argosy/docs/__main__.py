"""`python -m argosy.docs build` writes the reference pages, `check` fails when they drifted."""

import sys
from pathlib import Path

from argosy.docs.reference import reference

ROOT = Path(__file__).parents[3] / "docs" / "reference"


def build() -> int:
    """Write every page, and remove those that are no longer made."""
    pages = reference()
    for path, text in pages.items():
        target = ROOT / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    for foreign in _written() - pages.keys():
        (ROOT / foreign).unlink()
    return 0


def check() -> int:
    """Say which pages differ from what the code says; 1 when some do."""
    pages = reference()
    drifted = [
        path
        for path, text in pages.items()
        if not (ROOT / path).exists() or (ROOT / path).read_text(encoding="utf-8") != text
    ]
    drifted += sorted(_written() - pages.keys())
    for path in drifted:
        print(f"docs/reference/{path} differs from the code: run `make docs`", file=sys.stderr)
    return 1 if drifted else 0


def _written() -> set[str]:
    return {
        str(each.relative_to(ROOT))
        for each in ROOT.rglob("*")
        if each.is_file() and each.name != "README.md"
    }


if __name__ == "__main__":
    commands = {"build": build, "check": check}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit("usage: python -m argosy.docs build|check")
    sys.exit(commands[sys.argv[1]]())
