"""Rows of files: NDJSON, CSV and Parquet, one at a time, however large the file is."""

import csv
import gzip
import hashlib
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar, cast

from msgspec import Struct

T = TypeVar("T")

FORMATS = {".ndjson": "ndjson", ".jsonl": "ndjson", ".csv": "csv", ".tsv": "csv"}
FORMATS |= {".parquet": "parquet", ".pq": "parquet"}
LONGEST_LINE = 64 * 1024 * 1024
ROWS_AT_ONCE = 4096
WINDOW = 10_000


class FileUnusable(ValueError):  # noqa: N818  (it names what is wrong)
    """A file cannot be imported at all; the message says why and what can be."""


class Numbered(Struct, frozen=True):
    """One row of a table: its number in the file (the first is 1), and its cells by column."""

    number: int
    cells: dict[str, Any]


def format_of(path: Path) -> str:
    """Return `ndjson`, `csv` or `parquet` by the name of the file; raises FileUnusable."""
    name = path.name.lower().removesuffix(".gz")
    for ending, kind in FORMATS.items():
        if name.endswith(ending):
            return kind
    raise FileUnusable(f"{path.name}: a file ends in {', '.join(FORMATS)} (also with .gz).")


def digest_of(path: Path, *parts: str) -> bytes:
    """Return what tells this file, read in this manner, from every other (16 bytes)."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(part.encode() + b"\0")
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise FileUnusable(f"{path}: {error.strerror}.") from None
    return digest.digest()


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Lend the bytes of a file, unpacked when its name ends in .gz; raises FileUnusable."""
    try:
        with path.open("rb") as file:
            if path.name.endswith(".gz"):
                with gzip.GzipFile(fileobj=file) as unpacked:
                    yield cast("IO[bytes]", unpacked)
            else:
                yield file
    except (OSError, EOFError) as error:
        raise FileUnusable(f"{path}: {error}") from None


def read_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Return the lines of a file that are not blank, with their numbers."""
    with opened(path) as file:
        number = 0
        while line := file.readline(LONGEST_LINE):
            number += 1
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if line.strip():
                yield number, line


def read_csv(path: Path, delimiter: str = "") -> Iterator[Numbered]:
    """Return the rows of a CSV file with a header (UTF-8); without `delimiter` it is found out.

    Numbers are those of lines. Raises FileUnusable for another encoding or a missing header.
    """
    with opened(path) as file:
        texts = _decoded(file, path)
        header = next(texts, "")
        if not header.strip():
            raise FileUnusable(f"{path}: the first line of a CSV file names its columns.")
        delimiter = delimiter or max(",;\t|", key=header.count)
        names = [name.strip() for name in next(csv.reader([header], delimiter=delimiter))]
        reader = csv.reader(texts, delimiter=delimiter)
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise FileUnusable(f"{path}, line {reader.line_num + 1}: {error}.") from None
            if cells:
                yield Numbered(reader.line_num + 1, dict(zip(names, cells, strict=False)))


def _decoded(file: IO[bytes], path: Path) -> Iterator[str]:
    for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), 1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise FileUnusable(f"{path}, line {number}: the text is not UTF-8.") from None


def read_parquet(path: Path) -> Iterator[Numbered]:
    """Return the rows of a Parquet file; raises FileUnusable, also without pyarrow."""
    try:
        import pyarrow as pa  # noqa: PLC0415
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        raise FileUnusable("Parquet needs pyarrow: pip install 'argosy[parquet]'.") from None
    number = 0
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(ROWS_AT_ONCE):
                for cells in batch.to_pylist():
                    number += 1
                    yield Numbered(number, cells)
    except (OSError, pa.ArrowException) as error:
        raise FileUnusable(f"{path}: {error}") from None


def read_table(path: Path, delimiter: str = "") -> Iterator[Numbered]:
    """Return the rows of a CSV or Parquet file."""
    return read_parquet(path) if format_of(path) == "parquet" else read_csv(path, delimiter)


def grouped(
    rows: Iterable[T], key: Callable[[T], Hashable], *, window: int = WINDOW
) -> Iterator[list[T]]:
    """Return rows with the same key together, also when others stand between them.

    A group is closed when `window` rows went by without one of its own: memory stays bounded, and
    the order of the groups depends on nothing but the file. A row that comes later still begins a
    second group with the same key.
    """
    open_groups: dict[Hashable, tuple[int, list[T]]] = {}
    for number, row in enumerate(rows):
        name = key(row)
        _, group = open_groups.pop(name, (0, []))
        group.append(row)
        open_groups[name] = (number, group)  # The freshest group stands last.
        while True:
            oldest = next(iter(open_groups))
            if open_groups[oldest][0] > number - window:
                break
            yield open_groups.pop(oldest)[1]
    for _, group in open_groups.values():
        yield group
