"""SQL statements as files: one statement a file, one sentence of purpose on top."""

from functools import cache
from importlib import resources


class Statements:
    """The statements of one package: ``sql("cancel_orders")`` reads ``sql/cancel_orders.sql``.

    A missing file is a bug and raises FileNotFoundError at the first use.
    """

    def __init__(self, package: str) -> None:
        self.package = package

    def __call__(self, name: str) -> str:
        """Return the text of the statement called `name`."""
        return _read(self.package, name)


@cache
def _read(package: str, name: str) -> str:
    return resources.files(package).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
