# make check   fast: Python only, no Go, Node or servers
# make test    everything that this machine can run, with a table of what ran and what did not
# make help    all targets

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
N ?= 300

.DEFAULT_GOAL := help
.PHONY: help venv demo check test bench equivalence mutants contracts format clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 14

venv: $(STAMP) ## environment in .venv with the package editable and the dev extra

$(STAMP): setup.cfg setup.py tools/link_plugins.py
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	$(BIN)/python tools/link_plugins.py
	touch $(STAMP)

demo: $(STAMP) ## a consortium of six through a year, on real data; report in build/demo.html
	mkdir -p build
	$(BIN)/maasctl demo --report build/demo.html --json build/demo.json $(DEMO)

check: $(STAMP) ## formatter, linters, types, architecture, unit tests
	$(BIN)/python -m tools.testrun check

test: $(STAMP) ## all stages
	$(BIN)/python -m tools.testrun test

bench: $(STAMP) ## benchmarks/ -> build/bench.json
	$(BIN)/python -m benchmarks

equivalence: $(STAMP) ## model, EVM and chaincode on N fresh sequences
	MAAS_EQUIVALENCE_N=$(N) $(BIN)/python -m tools.testrun equivalence

mutants: $(STAMP) ## mutation testing; MUTATE=maas_core/protocol by default
	$(BIN)/python -m tools.mutants $(MUTATE)

contracts: ## compile contracts/ into the committed artifacts
	cd contracts && npm ci --no-audit --no-fund && node compile.mjs && node compile.mjs --contract Dispenser --src dispenser

format: $(STAMP) ## format and fix what can be fixed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove everything that can be made again
	rm -rf $(VENV) build dist *.egg-info mutants .mypy_cache .pytest_cache .ruff_cache .hypothesis
