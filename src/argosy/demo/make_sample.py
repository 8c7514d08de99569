"""Cut the sample out of UCI Online Retail: `python -m argosy.demo.make_sample FILE.parquet`.

Two weeks that have a bit of everything: twenty countries, guests, cancellation invoices, fee codes,
gift vouchers, and an invoice of 705 lines. Columns and rows are as in the source; only the seconds,
which are always 0, are left out. The same input gives the same file, byte by byte.
"""

import csv
import gzip
import io
import sys
from datetime import datetime
from pathlib import Path

from argosy.imports.online_retail import COLUMNS

FIRST = datetime(2011, 6, 20)  # noqa: DTZ001  (the source's times name no zone)
AFTER = datetime(2011, 7, 4)  # noqa: DTZ001
SAMPLE = Path(__file__).parent / "sample" / "online_retail.csv.gz"


def cut(source: Path, target: Path) -> int:
    """Write the rows of the two weeks to `target`; return how many there are."""
    import pyarrow.parquet as pq  # noqa: PLC0415  (only who makes the sample needs it)

    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    rows = 0
    for row in pq.read_table(source, columns=list(COLUMNS)).to_pylist():
        if FIRST <= row["InvoiceDate"] < AFTER:
            row["InvoiceDate"] = f"{row['InvoiceDate']:%Y-%m-%d %H:%M}"
            writer.writerow([row[column] for column in COLUMNS])
            rows += 1
    target.write_bytes(gzip.compress(text.getvalue().encode(), 9, mtime=0))
    return rows


if __name__ == "__main__":
    print(f"{cut(Path(sys.argv[1]), SAMPLE)} rows in {SAMPLE}")
