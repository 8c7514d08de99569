"""The rules of the catalogue: which rows are taken, and when goods leave and arrive. Pure."""
