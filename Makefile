# Every target sets up .venv in this folder by itself. Needs Python 3.11 or newer and make.
#
#   make test PYTHON=python3.12       another Python
#   make test ARGS='-k kanban -x'     arguments for what the target runs

PYTHON ?= python3
ARGS ?=
# processes the tests run in
JOBS ?= 4

VENV := .venv
READY := $(VENV)/.ready
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# a Python that is new enough and has pip
USABLE := import sys, pip; sys.exit(sys.version_info < (3, 11))

# where the lock is worked out, apart from the environment it describes
LOCK_VENV := .venv-lock

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lint docs docs-check bench lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## try it with sample data
	@$(BIN)/crmtui demo $(ARGS)

test: $(READY) ## run the tests (ARGS='-k word', JOBS=4)
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

lint: $(READY) ## check style, formatting and types
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m mypy

docs: $(READY) ## write the generated pages of docs/
	@$(BIN)/python docs/generate.py $(ARGS)
	@$(BIN)/python tools/messages.py

docs-check: $(READY) ## say whether the generated pages are up to date
	@$(BIN)/python docs/generate.py --check
	@$(BIN)/python tools/messages.py --check

bench: $(READY) ## measure, and print the figures beside their budgets
	@$(BIN)/python -m benchmarks $(ARGS)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "crmtui needs Python 3.11 or newer, and '$(PYTHON)' is $$($(PYTHON) --version 2>/dev/null || echo 'not there'). Name one that is: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; \
	  exit 1; }
	@$(BIN)/python -c '$(USABLE)' 2>/dev/null || { \
	  echo "Setting up $(VENV) ..." >&2; \
	  $(PYTHON) -m venv --clear $(VENV); }
	@$(PIP) install -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q crmtui
	@touch $@

# The oldest Python we support works out the lock: what it needs, newer ones can take too.
lock: ## work out requirements.lock anew from pyproject.toml (ARGS=--upgrade for newer versions)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || { \
	  echo "The lock is worked out with Python 3.11, the oldest we support: make lock PYTHON=python3.11" >&2; \
	  exit 1; }
	@test -x $(LOCK_VENV)/bin/pip-compile || { \
	  $(PYTHON) -m venv --clear $(LOCK_VENV) && \
	  $(LOCK_VENV)/bin/python -m pip --disable-pip-version-check --quiet install pip-tools; }
	@CUSTOM_COMPILE_COMMAND="make lock" $(LOCK_VENV)/bin/pip-compile --quiet \
	  --extra dev --all-build-deps --allow-unsafe --strip-extras --generate-hashes \
	  --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options \
	  --output-file requirements.lock $(ARGS) pyproject.toml

clean: ## remove the environments and everything the checks left behind
	rm -rf $(VENV) $(LOCK_VENV) build dist *.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
