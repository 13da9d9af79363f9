# The targets people type. `make demo` and `make test` set up what they need; nothing is installed outside this folder,
# except Node.js by apt when `make test` does not find it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NODE := clients/node
PIP := $(BIN)/pip --quiet --disable-pip-version-check

.PHONY: setup setup-node demo test faults check proto proto-baseline lock

setup: $(VENV)/.bundles

$(VENV)/.packages: requirements-dev.lock pyproject.toml
	@echo "Setting up $(VENV): the packages of requirements-dev.lock (a few minutes the first time)"
	@$(PYTHON) -c 'import sys; sys.exit("Hallscribe needs Python 3.11 or later; this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@command -v cc >/dev/null || { echo "hnswlib is compiled here: install a C++ compiler and Python's headers (Debian: apt-get install build-essential python3-dev)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --no-deps --require-hashes -r requirements-dev.lock
	$(PIP) install --no-deps --editable .
	@touch $@

$(VENV)/.bundles: $(VENV)/.packages export/hallscribe_export/minilm.lock
	$(BIN)/python -m hallscribe_export.setup_bundles
	@touch $@

setup-node: $(NODE)/node_modules/.ready

$(NODE)/node_modules/.ready: $(NODE)/package-lock.json
	@command -v npm >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq nodejs npm; } || \
	  { echo "the Node client needs Node.js 18.15 or later (Debian: apt-get install nodejs npm)"; exit 1; }
	npm --prefix $(NODE) ci --no-audit --no-fund --loglevel=error
	@touch $@

# A whole lecture, from frames to notes: make demo [VIDEO=file [CAPTIONS=file.vtt]]
demo: setup
	@$(BIN)/python -m hallscribe.demo --out demo-out $(if $(VIDEO),--video "$(VIDEO)") $(if $(CAPTIONS),--captions "$(CAPTIONS)")

# Every test, the Node client's against a real daemon included.
test: setup setup-node
	$(BIN)/python -m pytest -q -n 2 tests/unit tests/contract
	$(BIN)/python -m pytest -q tests/integration tests/e2e tests/fault
	npm --prefix $(NODE) test

# Crashes, hangs, full and failing disks, many times over: make faults [LONG=1]
faults: setup
	HALLSCRIBE_KILLS=$(if $(LONG),200,20) $(BIN)/python -m pytest -q tests/fault

# What can be known in a minute: format, lint, types, layers, API, unit tests.
check: setup setup-node
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy --no-error-summary
	@told=$$($(BIN)/lint-imports --no-logo) || { echo "$$told"; exit 1; }
	npm --prefix $(NODE) run --silent lint:proto
	npm --prefix $(NODE) run --silent breaking:proto
	proto/check-generated.sh
	npm --prefix $(NODE) run --silent check
	$(BIN)/python -m pytest -q -n 2 tests/unit tests/contract

# Python code of the API, after a change of proto/.
proto: setup
	proto/generate.sh

# The API that later changes must not break; run it when a version is released.
proto-baseline: setup-node
	npm --prefix $(NODE) run --silent baseline:proto

# Lock files without index addresses, after a change of dependencies; needs uv.
LOCK := uv pip compile pyproject.toml --quiet --generate-hashes --no-emit-index-url --no-annotate --no-header \
  --python-version 3.11 --python-platform linux
lock:
	$(LOCK) --extra daemon --output-file requirements.lock
	$(LOCK) --extra daemon --extra export --extra dev --output-file requirements-dev.lock
