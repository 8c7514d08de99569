"""What units of an order line are worth."""


def value_of_units(total_minor: int, ordered: int, first: int, count: int) -> int:
    """Return the worth of the units `first` … `first + count − 1` of a line, in minor units.

    Cumulative, so that any way of cutting the line into parts sums exactly to its total.
    """
    assert 0 <= first <= first + count <= ordered
    return total_minor * (first + count) // ordered - total_minor * first // ordered
