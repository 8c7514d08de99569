"""What imports are made of: records that were read, why they are refused, and the summary."""

from typing import Any

from msgspec import Struct, field


class Fault(Struct, frozen=True):
    """One thing that is wrong with a record; `pointer` is a JSON pointer into it, or a column."""

    code: str
    pointer: str | None
    detail: str


class Rejected(Struct, frozen=True):
    """A record that was not taken, as it stands in the file of rejected records.

    Exactly one of `record` (JSON), `text` (a line that is no JSON) and `rows` (cells of a table)
    is there: correct it and import the file again; `at` and `errors` are not looked at.
    """

    at: int
    errors: list[Fault]
    content: dict[str, Any]

    def as_line(self) -> dict[str, Any]:
        """Return what is written."""
        return {"at": self.at, "errors": self.errors, **self.content}


class Summary(Struct):
    """What became of a file; `known` records stood before and are as they were."""

    kind: str
    file: str
    records: int = 0
    made: int = 0
    changed: int = 0
    known: int = 0
    refused: int = 0
    resumed_after: int = 0
    finished: bool = False
    dry_run: bool = False
    seconds: float = 0.0
    rejected_file: str | None = None
    reasons: dict[str, int] = field(default_factory=dict)
    report: Any = None
