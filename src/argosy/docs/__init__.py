"""The reference pages, generated from the code: `python -m argosy.docs build` or `check`."""
