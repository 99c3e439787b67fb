# Khách Quen. Two commands are enough: `make run` and `make test`.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run test check bench drills understanding format lint lock clean

help: ## what can be done here
	@grep -hE '^[a-z.]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: .venv ## the whole shop with demo people on http://127.0.0.1:8000 (PORT=9000 moves it)
	@$(BIN)/loyalty serve --demo --port $(PORT)

test: .venv/dev ## every test, on SQLite and on PostgreSQL (pages and words in turns; ENGINES=all: on both)
	@$(BIN)/pytest

check: .venv/dev lint test ## what CI runs: format, lint, types, tests

understanding: .venv/dev ## what the bot takes utterances for: a corpus, intent by intent
	@$(BIN)/python -m tests.bots.commands.corpus

lint: .venv/dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: .venv/dev ## put the code into its shape
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: .venv/dev ## speed as ratios to physical limits, measured in the same run
	@$(BIN)/python -m benchmarks

drills: .venv/dev ## the long proofs: kills, races, random histories
	@$(BIN)/python -m drills

lock: ## choose newer libraries (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group build pyproject.toml -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group build --group dev -c requirements.txt pyproject.toml -o requirements-dev.txt

.venv: .venv/ready ## the environment, with .venv/bin/loyalty in it

.venv/ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version). Cure: PYTHON=python3.11 make run"; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv || { rm -rf .venv; echo "Python cannot make environments here. Cure on Debian or Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Building .venv (a minute the first time) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: .venv/ready requirements-dev.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

clean: ## remove the environment and caches; the data in var/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache
