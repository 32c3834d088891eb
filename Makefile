# Everything here works from a bare checkout: each target sets up what it needs.

SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
# A `make` that a test starts is no part of this one.
PYTEST := env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u ARGS $(PYTHON) -m pytest
FRONTEND := services/web/frontend
ARGS ?=
# Tests wait as much as they compute.
WORKERS ?= 5
# The tests' own deadlines are shorter; this one names a test in which none of them counts.
TEST_SECONDS ?= 900
UPGRADE ?=
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# Without bytecode each process of the tests and of the stack would compile everything again.
unexport PYTHONDONTWRITEBYTECODE

COMPILE = uv pip compile pyproject.toml --universal --python-version 3.12 --generate-hashes \
	--no-header --no-annotate --quiet $(if $(UPGRADE),--upgrade)

.PHONY: help run watch check images up down test test-models test-compose test-kubernetes faults soak bench screenshots conformance lint format schema lock clean clean-data
# Parts of those.
.PHONY: test-fast test-frontend test-programs setup-run setup-dev

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

run: setup-run ## Start the whole stack on this machine: http://127.0.0.1:8000
	@exec $(PYTHON) -m deploy.local

watch: setup-dev ## Run it while you change it: services start again, the front end is rebuilt
	@exec $(PYTHON) -m deploy.local --watch

images: ## Build the container images, and print what each adds to its base (NATTER_TAG=… TRACING=1)
	@sh deploy/images/build.sh

up: ## Start the whole stack in containers (ARGS="--scale ai=4"); deploy/README.md is its guide
	@sh deploy/compose/up.sh $(ARGS)

down: ## Take the containers away; the chats stay
	@sh deploy/compose/down.sh

check: setup-dev ## Lint, and run the tests that need no server, in a minute; before each commit
	@began=$$(date +%s) && $(MAKE) --no-print-directory lint test-fast && \
		echo "Checked in $$(($$(date +%s) - began)) s."

test: setup-dev test-programs test-frontend ## Run every test, those in a browser too (ARGS="-k words" chooses)
	$(PYTEST) -n $(WORKERS) --dist loadfile --no-loadscope-reorder --timeout $(TEST_SECONDS) $(ARGS)

test-models: setup-dev ## Try real model servers; the first time builds them (ARGS="llama.cpp" chooses)
	@$(PYTHON) -m tests.models $(ARGS)

faults: setup-dev ## Kill, cut and stall every part under load; count what is lost
	$(PYTEST) tests/faults -s $(ARGS)

test-compose: setup-dev ## Build, run, scale, kill, upgrade and restore the compose stack; needs a Docker engine
	@$(PYTHON) -m tests.support.chromium
	$(PYTEST) tests/compose $(ARGS)

test-kubernetes: setup-dev ## Run the pods of deploy/kubernetes by podman, and talk over them; needs root and a Docker engine
	-@$(PYTHON) -m tests.kubernetes.podman
	$(PYTEST) tests/kubernetes $(ARGS)

soak: setup-dev ## Try megabytes and thousands of texts; search for code that hostile text makes slow (ARGS="--seconds 600 --seed 7 title")
	$(PYTEST) -n $(WORKERS) -q tests/soak
	$(PYTHON) -m tests.soak $(ARGS)

bench: setup-dev ## Measure gateway, answers and pages, beside others, in one table (ARGS="natter answers" chooses)
	-@$(PYTHON) -m tests.support.chromium
	$(PYTHON) -m tests.load $(ARGS)

screenshots: setup-dev ## Take pictures of the main pages, wide and narrow, light and dark (ARGS="search menu" chooses)
	@$(PYTHON) -m tests.support.chromium
	$(PYTHON) -m tests.screenshots $(ARGS)

conformance: setup-dev ## Hold the WebSockets to the Autobahn testsuite; needs a Python 2.7
	$(PYTHON) -m tests.conformance $(ARGS)

lint: setup-dev ## Check style, types and the rules between packages
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	.venv/bin/lint-imports

format: setup-dev ## Rewrite the Python code in the project's style
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

schema: setup-dev ## Write services/web/db/schema.sql anew, after a new migration
	$(PYTHON) -m deploy.local.schema

lock: setup-dev ## Bring the lock files up to pyproject.toml (UPGRADE=1: newest versions)
	$(COMPILE) --extra web --extra realtime --extra ai --extra demo --extra tracing --extra reload \
		--extra local --extra dev \
		--output-file requirements-dev.lock
	$(COMPILE) --extra web -c requirements-dev.lock --output-file requirements-web.lock
	$(COMPILE) --extra realtime -c requirements-dev.lock --output-file requirements-realtime.lock
	$(COMPILE) --extra ai -c requirements-dev.lock --output-file requirements-ai.lock
	$(COMPILE) --extra demo -c requirements-dev.lock --output-file requirements-demo.lock
	$(COMPILE) --extra tracing -c requirements-dev.lock --output-file requirements-tracing.lock
	$(COMPILE) --extra reload -c requirements-dev.lock --output-file requirements-reload.lock
	$(COMPILE) --extra web --extra realtime --extra ai --extra demo --extra local \
		-c requirements-dev.lock --output-file requirements-local.lock
	cd $(FRONTEND) && npm install --package-lock-only --ignore-scripts --no-audit --no-fund

clean: ## Remove what was built and installed; the data in .natter stays
	rm -rf .venv $(FRONTEND)/node_modules services/web/static/build *.egg-info
	rm -rf screenshots .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find services deploy tests -name __pycache__ -type d -prune -exec rm -rf {} +

clean-data: ## Delete every chat: the data in .natter (YES=1 does not ask)
	@sh deploy/local/clean-data.sh "$(YES)"

setup-run:
	@sh deploy/local/install.sh local
	@sh deploy/local/build-frontend.sh

setup-dev:
	@sh deploy/local/install.sh dev
	@sh deploy/local/build-frontend.sh

# These compute more than they wait: a worker a core.
test-fast: test-frontend
	$(PYTEST) -n logical --dist worksteal -q tests/unit tests/contract tests/architecture $(ARGS)

test-frontend:
	@sh deploy/local/test-frontend.sh

test-programs:
	@$(PYTHON) -m tests.support.programs
