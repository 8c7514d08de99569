"""Rules of routing and fulfillment: pure functions over facts."""
