# The targets people type. `make demo` and `make test` set up what they need; nothing is installed outside this folder,
# except Node.js by apt when `make test` does not find it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
EXPORT := .venv-export
CONTENDERS := .venv-contenders
NODE := clients/node
PIP := $(BIN)/pip --quiet --disable-pip-version-check
# What builds is hashed as well: left to itself pip fetches the newest of it for each package that comes as source.
BUILD := install --require-hashes -r requirements-build.lock
PACKAGES := install --no-deps --no-build-isolation --require-hashes -r
ITSELF := install --no-deps --no-build-isolation --editable .

.PHONY: setup setup-export setup-contenders setup-node demo test bench export-proof starter starter-eval faults check lint proto proto-baseline lock

setup: $(VENV)/.bundles

$(VENV)/.packages: requirements-dev.lock requirements-build.lock pyproject.toml
	@echo "Setting up $(VENV): the packages of requirements-dev.lock (a few minutes the first time)"
	@$(PYTHON) -c 'import sys; sys.exit("Hallscribe needs Python 3.11 or later; this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@command -v cc >/dev/null || { echo "hnswlib is compiled here: install a C++ compiler and Python's headers (Debian: apt-get install build-essential python3-dev)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) $(BUILD)
	$(PIP) $(PACKAGES) requirements-dev.lock
	$(PIP) $(ITSELF)
	@touch $@

MINILM := minilm.lock minilm.py pooling.py setup_bundles.py golden.py models/bert.py
$(VENV)/.bundles: $(VENV)/.packages $(MINILM:%=export/hallscribe_export/%)
	$(BIN)/python -m hallscribe_export.setup_bundles
	@touch $@

# What turns checkpoints into bundles, apart from what runs them: PyTorch for the CPU and requirements-export.lock.
# Where the usual index gives PyTorch with CUDA: make setup-export TORCH_INDEX=(address of PyTorch's CPU wheels)
setup-export: $(EXPORT)/.packages

$(EXPORT)/.packages: requirements-export.lock requirements-build.lock pyproject.toml
	@echo "Setting up $(EXPORT): PyTorch and the packages of requirements-export.lock (about 2 GB, a few minutes)"
	$(PYTHON) -m venv $(EXPORT)
	$(EXPORT)/bin/pip --quiet --disable-pip-version-check $(BUILD)
	$(EXPORT)/bin/pip --quiet --disable-pip-version-check $(PACKAGES) requirements-export.lock
	$(EXPORT)/bin/pip --quiet --disable-pip-version-check install --no-deps $(if $(TORCH_INDEX),--index-url "$(TORCH_INDEX)") torch==2.13.0
	$(EXPORT)/bin/pip --quiet --disable-pip-version-check $(ITSELF)
	@mkdir -p $(EXPORT)/share/hallscribe && ln -sfn ../../../$(VENV)/share/hallscribe/bundles $(EXPORT)/share/hallscribe/bundles
	@$(EXPORT)/bin/python -c "import torch" || \
	  { echo "this PyTorch wants CUDA: run make setup-export TORCH_INDEX=(address of PyTorch's CPU wheels)"; exit 1; }
	@touch $@

# What somebody might use in place of this, for `make bench`.
setup-contenders: $(CONTENDERS)/.packages

$(CONTENDERS)/.packages: requirements-contenders.lock requirements-build.lock pyproject.toml
	@echo "Setting up $(CONTENDERS): the packages of requirements-contenders.lock (a minute)"
	$(PYTHON) -m venv $(CONTENDERS)
	$(CONTENDERS)/bin/pip --quiet --disable-pip-version-check $(BUILD)
	$(CONTENDERS)/bin/pip --quiet --disable-pip-version-check $(PACKAGES) requirements-contenders.lock
	$(CONTENDERS)/bin/pip --quiet --disable-pip-version-check $(ITSELF)
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
test: setup setup-export setup-node
	$(BIN)/python -m pytest -q -n 2 tests/unit tests/contract
	$(EXPORT)/bin/python -m pytest -q tests/export
	$(BIN)/python -m pytest -q tests/integration tests/e2e tests/fault
	npm --prefix $(NODE) test

# The exporter at true size, against the public routes and the figures checked in (an hour; 30 GB of disk, 16 GB of
# memory): make export-proof [ONLY=vjepa|vjepa1|minilm|projection|gemma] [WORK=folder] [ACCEPT=1]
export-proof: setup setup-export
	$(EXPORT)/bin/python -m hallscribe_export.proof --daemon $(BIN) $(if $(ONLY),--only $(ONLY)) \
	  $(if $(WORK),--work "$(WORK)") $(if $(ACCEPT),--accept)

# The starter model made anew, from rendering lectures to its bundles (two hours on two cores with bfloat16, minutes on a
# GPU; 18 GB of memory, 5 GB of disk): make starter [LECTURES=700] [GLANCES=4000] [UNSEEN=350] [FOR_HEADS=2500] [STEPS=5500]
# [PAIRS=48] [RATE=0.008] [WORK=folder]. A lecture's seed tells it from all others: each of the four has a range of its own.
LECTURES ?= 700
# Of so many more lectures every page is seen once: they have more to show than the footage of a few.
GLANCES ?= 4000
# Predictor and heads learn from others: an encoder's vectors of what it was trained on are clearer than those of what is
# new to it. The predictor needs footage, the heads many pages.
UNSEEN ?= 350
FOR_HEADS ?= 6000
STARTER := export/vjepa2-small
BUNDLES = $(WORK)/bundles
SHIPPED := daemon/hallscribed/bundles
TEXT := $(VENV)/share/hallscribe/bundles/all-minilm-l6-v2
starter starter-eval: WORK ?= .cache/starter
starter: setup setup-export
	$(EXPORT)/bin/hallscribe-export render-lectures --out "$(WORK)/shards" --first 1250 --lectures $(LECTURES)
	$(EXPORT)/bin/hallscribe-export render-lectures --out "$(WORK)/shards" --first 10000 --lectures $(GLANCES) --glances
	$(EXPORT)/bin/hallscribe-export render-lectures --out "$(WORK)/unseen" --first 900 --lectures $(UNSEEN)
	$(EXPORT)/bin/hallscribe-export render-lectures --out "$(WORK)/unseen" --lectures 50 --split validation
	$(EXPORT)/bin/hallscribe-export render-lectures --out "$(WORK)/pairs" --first 20000 --lectures $(FOR_HEADS) --glances
	cp "$(WORK)"/unseen/validation-*.tar "$(WORK)/pairs"
	$(EXPORT)/bin/hallscribe-export train-encoder --shards "$(WORK)/shards" --out "$(WORK)/encoder" --text $(TEXT) \
	  $(if $(STEPS),--steps $(STEPS)) $(if $(PAIRS),--pairs $(PAIRS)) $(if $(RATE),--rate $(RATE))
	$(EXPORT)/bin/hallscribe-export train-predictor --encoder "$(WORK)/encoder" --shards "$(WORK)/unseen" --out "$(WORK)/predictor"
	for each in history.jsonl losses.png; do \
	  cp "$(WORK)/encoder/$$each" $(STARTER)/ && cp "$(WORK)/predictor/$$each" $(STARTER)/predictor-$$each || exit 1; done
	for each in config.json model.safetensors video_preprocessor_config.json; do \
	  cp "$(WORK)/predictor/$$each" $(STARTER)/ || exit 1; done
	$(EXPORT)/bin/hallscribe-export vjepa $(STARTER) --out "$(BUNDLES)/vjepa2-small" --predictor --precision int8
	$(EXPORT)/bin/hallscribe-export train-projection --encoder "$(BUNDLES)/vjepa2-small" --pairs "$(WORK)/pairs" \
	  --out "$(WORK)/heads" --text $(TEXT) --name projection-small --noise 0.4 --text-noise 0.3
	cp "$(WORK)/heads/heads.safetensors" "$(WORK)/heads/training.json" $(STARTER)
	$(EXPORT)/bin/hallscribe-export projection $(STARTER) --encoder "$(BUNDLES)/vjepa2-small" --text $(TEXT) --out "$(BUNDLES)/projection-small"
	rm -rf $(SHIPPED)/vjepa2-small $(SHIPPED)/projection-small
	cp -r "$(BUNDLES)/vjepa2-small" "$(BUNDLES)/projection-small" $(SHIPPED)/
	@echo "now: make starter-eval, and the card $(STARTER)/README.md"

# What the starter model is worth, on lectures rendered anew and on real talks where ../shared/media/dev has them (a
# quarter of an hour): make starter-eval [ONLY=retrieval|sameness|coherence|talks|precision] [JSON=1] [STRICT=1: fail
# where a bar is missed] [TALKS=folder of the talks as videos] [RENDERER=python with PyAV, to make those once]
starter-eval: setup setup-export
	@[ -d "$(BUNDLES)/vjepa2-small" ] || \
	  $(EXPORT)/bin/hallscribe-export vjepa $(STARTER) --out "$(BUNDLES)/vjepa2-small" --predictor --precision int8
	@$(EXPORT)/bin/python -m hallscribe_export.train.evaluation --model $(STARTER) --bundle "$(BUNDLES)/vjepa2-small" \
	  --daemon $(BIN) --text $(TEXT) --page docs/starter-eval.md --figures $(STARTER)/evaluation.json \
	  $(foreach each,$(ONLY),--only $(each)) $(if $(TALKS),--videos "$(TALKS)") \
	  $(if $(RENDERER),--renderer "$(RENDERER)") $(if $(JSON),--json) $(if $(STRICT),--strict)

# The budget, measured: benchmarks/results/latest.json says of every row of benchmarks/budgets.toml what was reached, and
# report.md beside it tells it with pictures (half an hour; leave the machine alone meanwhile). QUICK=1 for a look of a few
# minutes that leaves no figures. FULL=1 with a ViT-L and a Gemma 2B of the exact architecture, made and exported first (another
# hour, 16 GB of memory, 15 GB of disk): make bench [QUICK=1|FULL=1] [ONLY="query streams"]
BENCH := .cache/bench
bench: setup $(if $(QUICK),,setup-contenders) $(if $(FULL),$(BENCH)/vitl/manifest.json $(BENCH)/gemma/manifest.json)
	@$(BIN)/python -m hallscribe_bench.budget $(if $(QUICK),--quick) $(foreach each,$(ONLY),--only $(each)) \
	  $(if $(FULL),--encoder $(BENCH)/vitl --language $(BENCH)/gemma)

$(BENCH)/vitl/manifest.json: | setup-export
	$(EXPORT)/bin/python -m hallscribe_export.proof.checkpoints vjepa2-vitl --out $(BENCH)/vjepa2-vitl
	$(EXPORT)/bin/hallscribe-export vjepa $(BENCH)/vjepa2-vitl --out $(BENCH)/vitl
	rm -rf $(BENCH)/vjepa2-vitl

$(BENCH)/gemma/manifest.json: | setup-export
	$(EXPORT)/bin/python -m hallscribe_export.proof.checkpoints gemma-2b --out $(BENCH)/gemma-2b
	$(EXPORT)/bin/hallscribe-export gemma $(BENCH)/gemma-2b --out $(BENCH)/gemma
	rm -rf $(BENCH)/gemma-2b

# Crashes, hangs, full and failing disks, many times over: make faults [LONG=1]
faults: setup
	HALLSCRIBE_KILLS=$(if $(LONG),200,20) $(BIN)/python -m pytest -q --junitxml=.cache/faults.xml tests/fault

# What can be known in a minute or two: format, lint, types, layers, API, unit tests.
check: lint
	$(BIN)/python -m pytest -q -n 2 tests/unit tests/contract

# The part of it that runs no tests.
lint: setup setup-node
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy --no-error-summary
	@told=$$($(BIN)/lint-imports --no-logo) || { echo "$$told"; exit 1; }
	npm --prefix $(NODE) run --silent lint:proto
	npm --prefix $(NODE) run --silent breaking:proto
	proto/check-generated.sh
	npm --prefix $(NODE) run --silent check

# Python code of the API, after a change of proto/.
proto: setup
	proto/generate.sh

# The API that later changes must not break; run it when a version is released.
proto-baseline: setup-node
	npm --prefix $(NODE) run --silent baseline:proto

# Lock files without index addresses, after a change of dependencies; needs uv.
LOCK := --quiet --generate-hashes --no-emit-index-url --no-annotate --no-header \
  --python-version 3.11 --python-platform linux
lock:
	uv pip compile pyproject.toml $(LOCK) --extra daemon --extra setup --output-file requirements.lock
	uv pip compile pyproject.toml $(LOCK) --extra daemon --extra setup --extra test --extra dev --output-file requirements-dev.lock
	uv --no-config pip compile pyproject.toml $(LOCK) --extra export --extra test --override export/overrides.txt \
	  --constraint requirements.lock --output-file requirements-export.lock
	uv pip compile pyproject.toml $(LOCK) --extra contenders --constraint requirements.lock \
	  --output-file requirements-contenders.lock
	uv pip compile requirements-build.in $(LOCK) --constraint requirements.lock --output-file requirements-build.lock
