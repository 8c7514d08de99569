"""Commands on money: load under the lock, decide, apply; and calls to gateways outside of it."""
