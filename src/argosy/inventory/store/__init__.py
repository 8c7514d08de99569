"""One function a statement."""
