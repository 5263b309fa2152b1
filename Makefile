# Everything here makes the environment it needs by itself: Python 3.11+, pip, git and make suffice (decision 0005).
#
#   make demo                          the story of a school, on an embedded store
#   make demo DB=sqlite:///school.db   the same on a store that stays, also postgresql://host/database
#   make demo GATEWAY=stripe           money and letters, against local servers; also wayforpay, liqpay
#   make crm                           a CRM in the browser, over a school of 300 orders (PORT=8000)
#   make test ARGS="-k freeze"         the tests, with anything pytest takes

.DEFAULT_GOAL := help
.NOTPARALLEL:
SHELL := /bin/sh

VENV ?= .venv
BIN := $(VENV)/bin
JOBS ?= 2
DB ?=
PORT ?= 8000
GATEWAY ?=
ARGS ?=
# What is held to every branch: no line of these is there without a test.
RULES := */access.py,*/plans/*,*/orders/*,*/payments.py,*/offers.py,*/funnel.py,*/certificate.py,*/money.py,*/periods.py

# The first interpreter that is new enough; `make PYTHON=/path/to/python` decides otherwise.
ifndef PYTHON
PYTHON := $(shell for python in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$python && break; done)
endif

PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Folders are among the sources: a file that is taken away changes its folder.
SOURCES := $(shell find src -name __pycache__ -prune -o -print 2>/dev/null)
PYTHON_FOLDERS := $(foreach folder,src tests tools examples benchmarks,$(if $(shell find $(folder) -name '*.py' 2>/dev/null),$(folder)))

.PHONY: help demo crm client test test-web check cover mutate mutants bench clean

help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.package $(VENV)/$(if $(GATEWAY),.needs-money,.needs-demo) ## run the story: a school sells a course (DB=URL, GATEWAY=wayforpay|stripe|liqpay, ARGS=…)
	@$(BIN)/kwiga-orders demo $(if $(DB),--store '$(DB)') $(if $(GATEWAY),--gateway '$(GATEWAY)') $(ARGS)

test: $(VENV)/.package $(VENV)/.needs-test ## run the tests against the installed package (ARGS=…, JOBS=2)
	$(BIN)/pytest -n $(JOBS) $(ARGS)

crm: $(VENV)/.package $(VENV)/.needs-crm frontend/crm/dist/index.html ## serve a CRM over a school of 300 orders, and print the address (PORT=8000)
	@$(BIN)/python -m tools.crm --port $(PORT) $(ARGS)

client: frontend/node_modules/.made frontend/client/src/contract.ts ## pack the typed client, to be installed with npm
	@cd frontend && $(NPM) pack --silent --workspace client

test-web: $(VENV)/.package $(VENV)/.needs-crm frontend/crm/dist/index.html frontend/contract/node_modules/.made frontend/forms/node_modules/.made ## test the front end: the contract with code generators, its forms, the client, the pages, and the CRM in a browser
	cd frontend && $(NPM) run types && $(NPM) test
	cd frontend/contract && $(NPM) test
	cd frontend/forms && $(NPM) test

check: $(VENV)/.package $(VENV)/.needs-test $(VENV)/.needs-check ## lint, types, architecture, the docs' examples
	$(BIN)/ruff check $(PYTHON_FOLDERS)
	$(BIN)/ruff format --check $(PYTHON_FOLDERS)
	$(BIN)/mypy $(PYTHON_FOLDERS)
	$(BIN)/pytest --quiet tests/test_architecture.py tests/test_circles.py tests/test_docs.py
	$(BIN)/python tools/contract_models.py

cover: $(VENV)/.package $(VENV)/.needs-test ## branch coverage of the tests; of the rules it must be whole
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report
	$(BIN)/coverage report --include='$(RULES)' --fail-under=100

mutate: $(VENV)/.package $(VENV)/.needs-test $(VENV)/.needs-mutate ## change the rules here and there: a test must fail each time (ARGS=…)
	$(BIN)/mutmut run --max-children $(JOBS) $(ARGS)
	@$(BIN)/mutmut results --all true | $(BIN)/python tools/mutants.py

mutants: $(VENV)/.package $(VENV)/.needs-test ## plant faults in the rules: the laws that ship must tell them; onto the docs' page (ARGS="P9 A6")
	@$(BIN)/python tools/planted.py $(ARGS)

bench: $(VENV)/.package $(VENV)/.needs-test $(VENV)/.needs-bench ## measure against floors and peers, print ratios
	@$(BIN)/python -m benchmarks $(ARGS)

bench-full: $(VENV)/.package $(VENV)/.needs-test $(VENV)/.needs-bench ## the same of a million orders, onto the docs' page
	@$(BIN)/python -m benchmarks --orders 1000000 --postgres-orders 200000 --page docs/explanation/performance.md $(ARGS)

clean: ## take away all that was made
	rm -rf $(VENV) .crm frontend/node_modules frontend/*/node_modules frontend/*/dist frontend/*/made frontend/client/src/contract.ts frontend/renderer/src/forms.json build dist mutants .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the environment: one venv, a stamp for each set of needs and one for the package itself ---

DEMO_NEEDS := build package postgres cli
MONEY_NEEDS := $(DEMO_NEEDS) gateways stripe mail testing
TEST_NEEDS := $(DEMO_NEEDS) all group:test

$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "no Python 3.11 or newer found: make PYTHON=/path/to/python" >&2; exit 1; }
	@echo "making $(VENV) with $$($(PYTHON) --version)"
	@if $(PYTHON) -c 'import ensurepip' 2>/dev/null; then \
		$(PYTHON) -m venv --clear $(VENV); \
	else \
		$(PYTHON) -m venv --clear --without-pip $(VENV) && $(PYTHON) -m pip --python $(BIN)/python install --quiet pip; \
	fi
	@touch $@

define needs
	@echo "installing what $(1) needs"
	@$(BIN)/python tools/needs.py $(2) > $(VENV)/needs-$(1).txt
	@$(PIP) install --requirement $(VENV)/needs-$(1).txt
	@touch $@
endef

$(VENV)/.needs-demo: $(VENV)/.made pyproject.toml tools/needs.py
	$(call needs,demo,$(DEMO_NEEDS))

$(VENV)/.needs-money: $(VENV)/.made pyproject.toml tools/needs.py
	$(call needs,money,$(MONEY_NEEDS))

$(VENV)/.needs-test: $(VENV)/.made pyproject.toml tools/needs.py
	$(call needs,test,$(TEST_NEEDS))

$(VENV)/.needs-crm: $(VENV)/.made pyproject.toml tools/needs.py
	$(call needs,crm,$(DEMO_NEEDS) serve group:web)

$(VENV)/.needs-check: $(VENV)/.made pyproject.toml tools/needs.py
	$(call needs,check,group:check)

$(VENV)/.needs-mutate: $(VENV)/.made pyproject.toml tools/needs.py
	$(call needs,mutate,group:mutate)

$(VENV)/.needs-bench: $(VENV)/.made pyproject.toml tools/needs.py
	$(call needs,bench,group:bench)

# A wheel, not an editable link: what is tested is what would be published.
$(VENV)/.package: $(VENV)/.needs-demo pyproject.toml README.md LICENSE $(SOURCES)
	@echo "installing kwiga-orders"
	@$(PIP) install --no-deps --no-build-isolation --force-reinstall .
	@touch $@

# --- the front end: Node comes as a wheel, and what npm installs stays in frontend/ ---

# the commands of npm by their own names: the wheel has them without the links that they need
NODE := $(abspath $(VENV))/node
NPM = PATH="$(NODE):$$PATH" KWIGA_ORDERS="$(abspath $(BIN)/kwiga-orders)" PYTHON="$(abspath $(BIN)/python)" npm
PAGES := $(shell find frontend -name node_modules -prune -o -name dist -prune -o -type f -print 2>/dev/null)

$(VENV)/node/npm: $(VENV)/.needs-crm tools/node.py
	@$(BIN)/python tools/node.py $(VENV)/node

frontend/node_modules/.made: frontend/package-lock.json $(VENV)/node/npm
	@echo "installing what the front end needs"
	@cd frontend && $(NPM) ci --loglevel=error
	@touch $@

# tools with needs of their own, which would not fit in with the others'
frontend/%/node_modules/.made: frontend/%/package-lock.json $(VENV)/node/npm
	@echo "installing what frontend/$* needs"
	@cd frontend/$* && $(NPM) ci --loglevel=error
	@touch $@

# made from the contract of the installed package each time that changes, so it is never stale
frontend/client/src/contract.ts: $(VENV)/.package
	@$(BIN)/kwiga-orders schema --typescript > $@

frontend/renderer/src/forms.json: $(VENV)/.package
	@$(BIN)/kwiga-orders schema --forms > $@

frontend/crm/dist/index.html: frontend/node_modules/.made frontend/client/src/contract.ts frontend/renderer/src/forms.json $(PAGES)
	@echo "building the pages"
	@cd frontend && $(NPM) run build --silent >/dev/null
	@touch $@
