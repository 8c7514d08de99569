"""What every context stands on, without a business word in it."""
