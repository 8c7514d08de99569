"""`python -m argosy` is `argosy`."""

from argosy.cli import main

main()
