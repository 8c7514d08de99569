"""Benchmarks: ratios of what Argosy does to a bare baseline, taken in the same run.

They ship with the product, so that anyone can ask how fast it is on their own machine and server.
"""
