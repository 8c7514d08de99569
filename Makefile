# The two commands of the README are `make demo` and `make test`; each sets up all it needs.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.complete
SOURCES := src tests

.PHONY: help setup demo test test-whole check bench lock schema docs format clean

help:
	@echo "make demo    run a demo business on an embedded PostgreSQL"
	@echo "make test    run the tests"
	@echo "make test-whole  run all of the real data beside the project through"
	@echo "make check   lint, types, import contracts, generated files"
	@echo "make bench   print the benchmark table"
	@echo "make setup   make .venv with everything the others need"

setup: $(STAMP)

$(STAMP): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Argosy needs Python 3.11 or newer; set PYTHON=…")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --upgrade-deps .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $(STAMP)

demo: setup
	ARGOSY_DATA_DIR=$${ARGOSY_DATA_DIR:-.argosy/demo} $(BIN)/argosy demo $(DEMO)

test: setup
	$(BIN)/pytest -n 2 $(TESTS)

# Every order of the real data that lies beside the project; some minutes each.
test-whole: setup
	ARGOSY_WHOLE_DATA=1 $(BIN)/pytest -n 2 tests/journeys/test_online_retail.py tests/journeys/test_olist.py

check: setup
	$(BIN)/ruff check $(SOURCES) bench
	$(BIN)/ruff format --check $(SOURCES) bench
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --processes 2 schema/migrations src
	$(BIN)/squawk schema/migrations/*.sql
	$(BIN)/python -m argosy.kernel.migrations check
	$(BIN)/python -m argosy.docs check

bench: setup
	$(BIN)/argosy bench all

format: setup
	$(BIN)/ruff check --fix $(SOURCES) bench
	$(BIN)/ruff format $(SOURCES) bench

schema: setup
	$(BIN)/python -m argosy.kernel.migrations concat

docs: setup
	$(BIN)/python -m argosy.docs build

# Hashes but no addresses, so that the locks work with any index or mirror.
LOCK := uv pip compile --universal --generate-hashes --python-version 3.11 --no-emit-index-url \
	--custom-compile-command "make lock" --quiet pyproject.toml \
	--extra parquet --extra pdf --extra tracing
lock: setup
	$(BIN)/$(LOCK) --output-file requirements/runtime.txt
	$(BIN)/$(LOCK) --group dev --output-file requirements/dev.txt

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
