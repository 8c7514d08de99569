"""The rules of stock: pure functions over facts."""
