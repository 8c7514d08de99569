"""The sample as it is shipped, read into invoices."""

import csv
import gzip
import io
from functools import cache
from importlib import resources

from argosy.imports.online_retail import Invoice, invoices_of, line_of


@cache
def sample_invoices() -> tuple[Invoice, ...]:
    """Return every invoice of the sample in the order of the source."""
    packed = resources.files(__package__).joinpath("sample", "online_retail.csv.gz").read_bytes()
    text = io.StringIO(gzip.decompress(packed).decode(), newline="")
    return tuple(invoices_of(line_of(row) for row in csv.DictReader(text)))
