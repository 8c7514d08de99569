"""`python -m argosy` is the same as `argosy`."""

from argosy.cli import main

main()
