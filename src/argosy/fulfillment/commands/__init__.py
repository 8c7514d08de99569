"""Commands of fulfillment: load, decide, apply; many at once, one outcome each."""
