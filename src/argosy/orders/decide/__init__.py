"""The rules of orders: pure functions over facts."""
