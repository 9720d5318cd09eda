# Two commands on a fresh machine: `make run` and `make test`.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: run test test-long lint bench lock clean

run: $(VENV)/.installed
	@$(BIN)/amends demo $(ARGS)

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest $(ARGS)

test-long: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -m long $(ARGS)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Speed and memory of the bundled classifier on this machine, on POSTS. Peers are measured as well
# where they are installed: `.venv/bin/pip install '.[train]'`.
POSTS := playground/story/posts.jsonl
bench: $(VENV)/.installed
	$(BIN)/python -m monitor.classifier.bench $(POSTS) $(ARGS)

# The lock files: exact versions with hashes, for every platform.
lock: $(VENV)/.installed-dev
	$(BIN)/uv pip compile pyproject.toml --group build --universal --generate-hashes --no-header \
		--quiet --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml --group build --group dev --universal --generate-hashes \
		--no-header --quiet --constraint requirements.lock --output-file requirements-dev.lock

clean:
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "amends needs Python 3.11 or newer; none was found." >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "The environment could not be made; on Debian, install python3-venv first." >&2; exit 2; }

$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) --require-hashes --requirement requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) --require-hashes --requirement requirements-dev.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.installed
