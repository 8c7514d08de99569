"""The application as tests call it."""
