# Two commands do everything on a machine that has Python 3.11 or newer, venv and make:
#   make demo    the lesson and a network on real data; ends by naming the pages it wrote
#   make test    the tests

PYTHON ?= python3
BIN := .venv/bin
# Small matrix products wait for each other when several threads share busy cores.
TEST := OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest
SOURCES := $(shell find src examples -name '*.py' -o -name '*.j2' -o -name '*.css')

.PHONY: demo test check-long check-machines check-versions test-browser lint wheel bench bench-tables bench-peers bench-accuracy bench-inference web wasm clean help
.DEFAULT_GOAL := help

help:
	@sed -n 's/^# \{0,1\}//p' Makefile | sed -n '2,3p'; \
	echo "  make test COVERAGE=--cov  the tests, and which lines and branches they run"; \
	echo "  make lint          style, format and types"; \
	echo "  make bench         the benchmarks, each figure beside its limit"; \
	echo "  make bench-tables  real tables beside scikit-learn: accuracy, seconds (DATA=folder; an hour)"; \
	echo "  make bench-peers   scikit-learn, PyTorch, JAX and others beside it: docs/speed.md (DATA=folder; an hour)"; \
	echo "  make bench-accuracy  LightGBM, XGBoost, CatBoost, RealMLP, TabM and others beside it: docs/accuracy.md (DATA=folder; hours)"; \
	echo "  make bench-inference  standard errors beside statsmodels, and the memory of a million rows (3 minutes)"; \
	echo "  make test-browser  the pages in a browser (needs chromium)"; \
	echo "  make check-long    the long checks"; \
	echo "  make check-machines  the tests of numbers with the arithmetic of other processors (10 minutes)"; \
	echo "  make check-versions  the core of the tests with the oldest and the newest libraries and Python (4 minutes)"; \
	echo "  make web           the scripts of pages, built from web/ into the package (needs Node 20 or newer)"; \
	echo "  make wheel         a wheel for this platform, tried in a bare environment of another Python"; \
	echo "  make clean         removes what these commands made"

.venv/installed: pyproject.toml setup.py $(wildcard src/chainrule/engine/compiled/*.[ch])
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Chainrule needs Python 3.11 or newer, found " + sys.version.split()[0] + ": name another one, as in make PYTHON=python3.12 demo")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

.venv/installed-browser: .venv/installed
	$(BIN)/python -m pip install --quiet --group browser
	@touch $@

.venv/installed-peers: .venv/installed
	$(BIN)/python -m pip install --quiet torch==2.13.0
	$(BIN)/python -m pip install --quiet --group peers
	@touch $@

.venv/installed-accuracy: .venv/installed
	$(BIN)/python -m pip install --quiet torch==2.13.0
	$(BIN)/python -m pip install --quiet --group accuracy
	@touch $@

demo/lesson.html: .venv/installed $(SOURCES)
	$(BIN)/chainrule lesson --out demo

demo/digits.html: .venv/installed $(SOURCES)
	$(BIN)/python examples/digits.py demo

demo: demo/lesson.html demo/digits.html
	@echo "Open these pages in a browser:"
	@for page in $^; do echo "  $(CURDIR)/$$page"; done

# What pytest is given besides: .ci/run asks for --cov, which counts the lines and branches that run.
COVERAGE ?=

# scikit-learn's own tests, of tests/peers, run in check-machines.
test: .venv/installed
	$(TEST) -n 2 --dist loadfile --ignore=tests/peers $(COVERAGE)

check-long: .venv/installed
	$(TEST) -n 2 --dist loadfile -m long

check-versions: .venv/installed
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.versions

check-machines: .venv/installed
	$(BIN)/python -m tests.machines

test-browser: .venv/installed-browser
	$(TEST) -n 2 --dist loadfile -m browser

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci

web: web/node_modules/.package-lock.json
	cd web && npm test && npm run build

wasm:
	cd web && node wasm/build.mjs

wheel: .venv/installed
	$(BIN)/python -m pip install --quiet --group wheel
	$(BIN)/python -m tests.wheel

lint: .venv/installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: .venv/installed
	$(BIN)/python -m benchmarks

DATA ?= ../shared/data

bench-tables: .venv/installed
	$(BIN)/python -m benchmarks.tables --data $(DATA)
	$(BIN)/python -m benchmarks.prediction

bench-peers: .venv/installed-peers
	$(BIN)/python -m benchmarks.peers --data $(DATA)

bench-accuracy: .venv/installed-accuracy
	$(BIN)/python -m benchmarks.accuracy --data $(DATA)

bench-inference: .venv/installed
	$(BIN)/python -m benchmarks.inference

clean:
	rm -rf .venv demo lesson web/node_modules .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
