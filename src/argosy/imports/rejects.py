"""The file of rejected records: written so that a stop at any moment leaves no line twice."""

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from argosy.imports.model import Rejected
from argosy.imports.rows import FileUnusable

_encode = msgspec.json.Encoder(decimal_format="string").encode


def rejects_path(source: Path, wanted: Path | None) -> Path:
    """Return where rejected records go: beside the file, or here when that place is read-only."""
    if wanted is not None:
        return wanted
    name = f"{source.name}.rejected.ndjson"
    return source.with_name(name) if os.access(source.parent, os.W_OK) else Path(name)


class Rejects:
    """An open file of rejected records; nobody else writes it meanwhile."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = path.open("ab")
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise FileUnusable(f"{path} is in use: another import of this file runs.") from None
        except OSError as error:
            raise FileUnusable(f"{path}: {error.strerror}; name another by --rejected.") from None
        self.size = os.fstat(self._file.fileno()).st_size

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.size == 0:
            self.path.unlink(missing_ok=True)
        self._file.close()

    def cut(self, size: int) -> None:
        """Forget what was written after the file was `size` bytes long."""
        self._file.truncate(size)
        self.size = size

    def set_aside(self) -> None:
        """Keep what is there under another name, for somebody may be correcting it."""
        number = 1
        while (aside := self.path.with_name(f"{self.path.name}.{number}")).exists():
            number += 1
        aside.write_bytes(self.path.read_bytes())
        self.cut(0)

    def write(self, rejected: Sequence[Rejected]) -> None:
        """Add lines, and wait until they are on the disk."""
        if rejected:
            self._file.write(b"".join(_encode(each.as_line()) + b"\n" for each in rejected))
            self._file.flush()
            os.fsync(self._file.fileno())
            self.size = os.fstat(self._file.fileno()).st_size
