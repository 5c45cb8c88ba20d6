# Two commands are enough: `make up` runs ResolutionFlow, `make test` proves it. `make help` lists the rest.
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help up reset backup restore test test-python test-web lint format screenshots bench chaos

BIN := .venv/bin

define require_python
@command -v python3 >/dev/null || { echo "Error: Python 3.11 or newer is needed, and no python3 is on PATH: install it and run the command again." >&2; exit 1; }
endef

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: ## install, build and run everything; Ctrl-C stops it
	$(require_python)
	@python3 infra/stack/install.py python site
	@exec $(BIN)/python -m infra.stack

reset: ## delete all data of the stack, after asking
	$(require_python)
	@python3 infra/stack/install.py python
	@exec $(BIN)/python -m infra.stack reset

backup: ## write everything into one archive, also while the stack runs (FILE=name.tar)
	$(require_python)
	@python3 infra/stack/install.py python
	@exec $(BIN)/python -m infra.stack backup $(if $(FILE),--file "$(FILE)")

restore: ## put an archive into the stopped stack, after asking (FILE=name.tar, YES=1 does not ask)
	$(require_python)
	@python3 infra/stack/install.py python
	@exec $(BIN)/python -m infra.stack restore $(if $(FILE),--file "$(FILE)") $(if $(filter 1,$(YES)),--yes)

test: test-web test-python ## every test, from a fresh clone too

test-web: ## tests of the web client
	$(require_python)
	@python3 infra/stack/install.py web
	cd web && npm test

test-python: ## tests of everything else, browser included
	$(require_python)
	@python3 infra/stack/install.py python site browser
	@$(BIN)/python -m infra.stack prepare
	$(BIN)/pytest

lint: ## style, types and layers
	$(require_python)
	@python3 infra/stack/install.py python web
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd web && npm run lint && npm run typecheck

format: ## rewrite the code in the project's style
	$(require_python)
	@python3 infra/stack/install.py python web
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format
	cd web && npm run format

screenshots: ## save pictures of every screen and state of the web client, and say where
	$(require_python)
	@python3 infra/stack/install.py python site browser
	@$(BIN)/python -m infra.stack prepare
	$(BIN)/python -m tests.e2e.screenshots

bench: ## measure, print and save the figures (STRICT=1 fails when a goal is missed, ONLY="idle reads")
	$(require_python)
	@python3 infra/stack/install.py python site browser
	@$(BIN)/python -m infra.stack prepare
	$(BIN)/python -m tests.bench $(if $(filter 1,$(STRICT)),--strict) $(if $(ONLY),--only $(ONLY))

chaos: ## break everything under load, count what was lost or done twice (CHAOS_MINUTES=5, CHAOS_SEED)
	$(require_python)
	@python3 infra/stack/install.py python site
	@$(BIN)/python -m infra.stack prepare
	$(BIN)/python -m tests.chaos
