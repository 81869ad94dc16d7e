# `make help` prints the targets. Needs Python 3.11 or newer and a package index; everything else comes with them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.run-ready
DEV := $(VENV)/.dev-ready
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps

# Settings load without a server for the tools that only read them.
SETTINGS = DATABASE_URL=postgres://keyvault_app@127.0.0.1:1/none REDIS_URL=redis://127.0.0.1:1/0 \
	KEYVAULT_SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))')
PRODUCTION = $(SETTINGS) KEYVAULT_URL=https://keyvault.example KEYVAULT_TRUSTED_PROXIES=127.0.0.1

.DEFAULT_GOAL := help

.PHONY: run
run: $(RUN)  ## Start KeyVault on http://127.0.0.1:8000 with its own PostgreSQL and Redis
	@exec $(BIN)/python manage.py up

.PHONY: demo
demo: $(DEV)  ## Play the main job against the running server, as a client with the official SDKs
	@$(BIN)/python -m demo

.PHONY: screens
screens: $(DEV)  ## Photograph the console of the running server into docs/screens (needs Chromium)
	@$(BIN)/python -m demo.screens

.PHONY: test
test: $(DEV)  ## Run the tests on servers of their own
	$(BIN)/pytest

.PHONY: test-slow
test-slow: $(DEV)  ## Run the slow tests: browser, kill loops, real servers, fuzzing
	$(BIN)/pytest -m slow

.PHONY: check
check: $(DEV)  ## Format, lint, types, imports, migrations, production settings
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(SETTINGS) $(BIN)/mypy
	$(SETTINGS) $(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

.PHONY: bench
bench: $(DEV)  ## Measure speed against two baselines in one run
	$(BIN)/python -m bench

.PHONY: bench-gateway
bench-gateway: $(DEV)  ## Measure the gateway's proxy against nginx in one run (needs nginx and wrk)
	$(BIN)/python -m bench.gateway

.PHONY: bench-console
bench-console: $(DEV)  ## Measure every page of the console on 1 million events (SIZE=small: a quick look)
	$(BIN)/python -m bench.console

.PHONY: help
help:  ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The marks are younger than the requirements they were made from, or the folder is made again.
$(RUN): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "KeyVault needs Python 3.11 or newer: make PYTHON=python3.x …")'
	$(PYTHON) -m venv --clear $(VENV)
	$(INSTALL) -r requirements.txt
	@touch $@

$(DEV): requirements-dev.txt $(RUN)
	$(INSTALL) -r requirements-dev.txt
	@touch $@
