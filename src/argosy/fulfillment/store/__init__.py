"""The statements of fulfillment, one function each."""
