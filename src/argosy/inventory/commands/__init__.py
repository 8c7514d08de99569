"""Commands on stock: load, decide, apply. Each takes many and returns one outcome for each."""
