"""Rules about money; pure."""
