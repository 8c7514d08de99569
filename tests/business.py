"""A small seeded business for tests."""
