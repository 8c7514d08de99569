"""Load, decide, apply; the caller owns the transaction unless a name says otherwise."""
