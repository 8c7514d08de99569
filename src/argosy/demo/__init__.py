"""A demo business: real orders of a gift shop, on locations, stock and people that are made up."""
