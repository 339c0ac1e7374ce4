# Everything that this project can be asked to do. It needs python3 (3.11 or later) with venv, make and git; the rest
# it installs itself into $(VENV), from lock files with hashes.

PYTHON ?= python3
VENV ?= .venv
ARGS ?=
UPGRADE ?=

SECONDS_OF_FUZZ ?= 600

BIN := $(VENV)/bin
RUN_READY := $(VENV)/.run-ready
DEV_READY := $(VENV)/.dev-ready
FUZZ_READY := $(VENV)/.fuzz-ready
DOCS_READY := $(VENV)/.docs-ready
WORKFLOW_READY := $(VENV)/.workflow-ready
AUDIT_READY := $(VENV)/.audit-ready
BENCHMARK_READY := $(VENV)/.benchmark-ready
CLIENTS := $(VENV)-clients
CLIENTS_READY := $(CLIENTS)/.ready
NOTEBOOKS_READY := $(VENV)/.notebooks-ready
MUTATION_READY := $(VENV)/.mutation-ready
BROWSER_READY := $(VENV)/.browser-ready
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --only-binary :all: \
  --emit-build-options --no-emit-index-url --no-annotate --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help install install-dev run scenarios test test-slow test-long coverage test-browser test-clients test-notebooks check format docs man docs-model calibration stored-fits benchmark golden fuzz audit sbom mutation lock clean distclean

help: ## List what make can do here
	@echo "make TARGET, where TARGET is one of"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "Variables: PYTHON=$(PYTHON) (3.11 or later), VENV=$(VENV), ARGS (passed on to forecast or pytest)"

install: $(RUN_READY) ## Set up what a forecast needs, in .venv
	@echo "Ready: $(BIN)/forecast --help"

install-dev: $(DEV_READY) ## Set up what the tests and checks need too

run: $(RUN_READY) ## Forecast the baseline scenario; charts and tables go to outputs/
	@echo "Forecasting scenarios/baseline.yaml (the first time this fits the history, which takes a minute or two)"
	@$(BIN)/forecast run scenarios/baseline.yaml $(ARGS)

scenarios: $(RUN_READY) ## Forecast every scenario of the folder scenarios/
	@echo "Forecasting $(words $(wildcard scenarios/*.yaml)) scenarios"
	@$(BIN)/forecast run $(sort $(wildcard scenarios/*.yaml)) $(ARGS)

test: $(DEV_READY) ## Run the fast tests
	@echo "Running the fast tests"
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 $(ARGS)
	@echo "Left out: the slow tests, which fit models. Run them with: make test-slow"

test-slow: $(DEV_READY) $(WORKFLOW_READY) ## Run the slow tests, which fit models (some minutes)
	@echo "Running the slow tests"
	@$(BIN)/python -m pytest -m slow --timeout 1200 -n auto --maxprocesses 2 $(ARGS)

test-long: $(DEV_READY) ## Forecast 5,000 random scenarios (ten minutes)
	@echo "Forecasting 5,000 random scenarios"
	@$(BIN)/python -m pytest -m long --timeout 0 $(ARGS)

coverage: $(DEV_READY) $(WORKFLOW_READY) ## Measure which lines and branches the fast and the slow tests reach (half an hour; ARGS="-m 'not slow'" takes the fast ones)
	@echo "Measuring coverage; what no test reaches is listed, less than 95% fails, and so does less than all of the model and its engine"
	@rm -f .coverage .coverage.*
	@$(BIN)/python -m coverage run -m pytest -n auto --maxprocesses 2 -m "not browser and not notebook and not long" $(ARGS)
	@$(BIN)/python -m coverage combine --quiet
	@$(BIN)/python -m coverage report
	@$(BIN)/python -m coverage report --fail-under=100 --include="forecast/model/*,forecast/graph.py,forecast/shapes.py,forecast/simulation.py"

test-browser: $(BROWSER_READY) ## Run the tests that open pages in Chromium (Debian: chromium and chromium-driver)
	@echo "Running the tests that open pages in Chromium"
	@$(BIN)/python -m pytest -m browser $(ARGS)

fuzz: $(FUZZ_READY) ## Look for files that the readers cannot stand, for ten minutes (SECONDS_OF_FUZZ)
	@echo "Fuzzing the readers of scenarios, tables, beliefs and records for $(SECONDS_OF_FUZZ) s"
	@PYTHONPATH=$(VENV)/fuzz $(BIN)/python fuzz/files.py -max_total_time=$(SECONDS_OF_FUZZ) -print_final_stats=1 $(ARGS)

golden: $(DEV_READY) ## Write the figures of the baseline on record anew, and a line about what moved for the changelog
	@GOLDEN=renew $(BIN)/python -m pytest -q tests/test_golden.py tests/fit/test_real_fit.py -m "slow or not slow" -k renew
	@echo "Say in CHANGELOG.md under Numbers why they moved"

audit: $(AUDIT_READY) $(DEV_READY) ## Ask for known vulnerabilities and compare the licences of all packages
	@echo "Asking the vulnerability service about every locked package, and comparing licences"
	@$(VENV)/audit/bin/python audit/supply.py audit $(BIN)/python

sbom: $(AUDIT_READY) ## Write dist/sbom.cdx.json, the list of what a forecast is made of (CycloneDX)
	@$(VENV)/audit/bin/python audit/supply.py sbom dist/sbom.cdx.json

mutation: $(MUTATION_READY) ## Change the code in small ways and see whether a test fails (an hour or more; ARGS="forecast.scoring.*" takes a part)
	@echo "Changing the code in mutants/ one place at a time; mutmut show NAME shows a change that no test notices"
	@NUMBA_DISABLE_JIT=1 $(BIN)/python -m mutmut run $(ARGS)
	@$(BIN)/python audit/mutation.py

test-clients: $(CLIENTS_READY) $(DEV_READY) ## Let pyam, hubdata, DuckDB, ArviZ and others read what is exported
	@echo "Running the tests of the tools that read exports"
	@FORECAST_PYTHON=$(abspath $(BIN))/python $(CLIENTS)/bin/python -m pytest -c tests/clients/pytest.ini tests/clients $(ARGS)

test-notebooks: $(NOTEBOOKS_READY) ## Execute the notebooks of docs/
	@echo "Executing the notebooks"
	@$(BIN)/python -m pytest -m notebook --timeout 1200 $(ARGS)

check: $(DEV_READY) ## Check style, format, types, imports between floors, and the documents
	@echo "Checking style (ruff check)"
	@$(BIN)/ruff check --quiet .
	@echo "Checking format (ruff format)"
	@$(BIN)/ruff format --quiet --check . || { echo "Mend it with: make format"; exit 1; }
	@echo "Checking types (mypy)"
	@$(BIN)/mypy
	@echo "Checking imports (import-linter)"
	@$(BIN)/lint-imports --no-logo >$(VENV)/imports.txt || { cat $(VENV)/imports.txt; exit 1; }
	@echo "Checking that the documents describe what is there"
	@$(BIN)/python -m pytest --quiet tests/test_docs.py

format: $(DEV_READY) ## Format the code
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format .

docs-model: $(RUN_READY) ## Write the formulas and assumptions in docs/model.md anew from the code
	@$(BIN)/python -m forecast.reference docs/model.md scenarios/baseline.yaml
	@echo "Written: docs/model.md"

docs: $(RUN_READY) $(DOCS_READY) ## Build the documentation site in build/site (it runs the commands that it shows)
	@$(BIN)/python docs/build.py build/docs
	@NO_MKDOCS_2_WARNING=1 $(VENV)/docs/bin/mkdocs build --quiet --strict
	@echo "Built: build/site/index.html"

man: $(RUN_READY) ## Write the manual page of the command to build/forecast.1
	@mkdir -p build
	@$(BIN)/forecast manual >build/forecast.1
	@echo "Written: build/forecast.1. Read it with: man -l build/forecast.1"

calibration: $(RUN_READY) ## Fit 500 made-up histories and see whether the fit finds what was put in (ten minutes or more)
	@echo "Fitting 500 made-up histories; table and chart go to outputs/calibration"
	@$(BIN)/forecast fit --calibrate 500 --as-of 2026-09-30 --out outputs/calibration $(ARGS)

stored-fits: $(DEV_READY) ## Make the fits anew that the tests of the backtest rest on (some minutes)
	@$(BIN)/python tests/backtest/stored_fits.py

benchmark: $(DEV_READY) $(BENCHMARK_READY) ## Time runs, peers and the fit in turn, and write benchmarks/RESULTS.md anew (many minutes)
	@$(BIN)/python benchmarks/kernel.py --peer $(VENV)/benchmark/bin/python --large 10000000 $(ARGS)
	@$(BIN)/python benchmarks/fit.py

lock: | $(DEV_READY) ## Write the lock files anew from pyproject.toml (UPGRADE=1: with the newest versions)
	@echo "Locking what a forecast needs: requirements/run.lock"
	@$(COMPILE) pyproject.toml --group build --output-file requirements/run.lock
	@echo "Locking what the checks need too: requirements/dev.lock"
	@$(COMPILE) pyproject.toml --group dev --constraints requirements/run.lock --output-file requirements/dev.lock
	@echo "Locking the programs beside it: requirements/fuzz.lock and requirements/audit.lock"
	@$(COMPILE) --group fuzz --output-file requirements/fuzz.lock
	@$(COMPILE) --group audit --output-file requirements/audit.lock
	@echo "Locking what the benchmarks measure beside it: requirements/benchmark.lock"
	@$(COMPILE) --group benchmark --output-file requirements/benchmark.lock
	@echo "Locking what the documentation site needs: requirements/docs.lock"
	@$(COMPILE) --group docs --output-file requirements/docs.lock
	@echo "Locking what the Snakemake example needs: requirements/workflow.lock (one of its packages ships no wheel)"
	@$(subst --only-binary :all:,,$(COMPILE)) --group workflow --output-file requirements/workflow.lock
	@echo "Locking what the tests in a browser need besides: requirements/browser.lock"
	@$(COMPILE) --group browser --no-deps --output-file requirements/browser.lock
	@echo "Locking what executes notebooks: requirements/notebooks.lock"
	@$(COMPILE) --group notebooks --constraints requirements/dev.lock --output-file requirements/notebooks.lock
	@echo "Locking what changes the code in small ways: requirements/mutation.lock"
	@$(COMPILE) --group mutation --constraints requirements/dev.lock --output-file requirements/mutation.lock
	@echo "Locking the tools that read exports: requirements/clients.lock"
	@$(COMPILE) --group clients --output-file requirements/clients.lock

clean: ## Remove results and what the tools left behind (the cache of fits stays)
	@echo "Removing outputs/* and the caches of the tools"
	@find outputs -mindepth 1 -maxdepth 1 ! -name README.md -exec rm -rf {} +
	@rm -rf build dist mutants .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find forecast tests -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## The same, and remove the environment
	@echo "Removing $(VENV) and $(CLIENTS)"
	@rm -rf $(VENV) $(CLIENTS)

# pip comes last when an environment is made, so one that was cut short is finished here.
$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "This needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.13 ..." >&2; exit 1; }
	@echo "Making an environment in $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)

# The locks are complete, so pip adds nothing of its own here and below: some versions of it take the newest release of
# what a package asks for with an extra, whatever is locked, and then miss its hash.
$(RUN_READY): requirements/run.lock pyproject.toml | $(BIN)/pip
	@echo "Installing what a forecast needs (about 1 GB the first time)"
	@$(PIP) install --require-hashes --no-deps --requirement requirements/run.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@$(PIP) check
	@touch $@

$(DEV_READY): requirements/dev.lock $(RUN_READY)
	@echo "Installing what the tests and checks need"
	@$(PIP) install --require-hashes --no-deps --requirement requirements/dev.lock
	@$(PIP) check
	@touch $@

# What the tests need besides; the rest that they ask for is there already.
$(BROWSER_READY) $(NOTEBOOKS_READY): $(VENV)/.%-ready: requirements/%.lock $(DEV_READY)
	@echo "Installing what make test-$* needs besides"
	@$(PIP) install --require-hashes --no-deps --requirement $<
	@touch $@

# Beside the environment and not in it.
$(FUZZ_READY): requirements/fuzz.lock $(RUN_READY)
	@echo "Installing the fuzzer"
	@rm -rf $(VENV)/fuzz
	@$(PIP) install --require-hashes --no-deps --requirement requirements/fuzz.lock --target $(VENV)/fuzz
	@touch $@

# Programs with an environment each, because they ask for other versions than a forecast does.
$(AUDIT_READY) $(BENCHMARK_READY) $(DOCS_READY) $(WORKFLOW_READY): $(VENV)/.%-ready: requirements/%.lock | $(BIN)/pip
	@echo "Installing requirements/$*.lock into an environment of its own"
	@rm -rf $(VENV)/$*
	@$(BIN)/python -m venv $(VENV)/$*
	@$(VENV)/$*/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --no-deps --requirement $<
	@$(VENV)/$*/bin/python -m pip --disable-pip-version-check --quiet check
	@touch $@

$(MUTATION_READY): requirements/mutation.lock $(DEV_READY)
	@echo "Installing what changes the code in small ways"
	@$(PIP) install --require-hashes --no-deps --requirement requirements/mutation.lock
	@touch $@

# In an environment of its own: these tools ask for other versions than a forecast does.
$(CLIENTS_READY): requirements/clients.lock
	@echo "Making an environment for the tools that read exports in $(CLIENTS)"
	@$(PYTHON) -m venv --clear $(CLIENTS)
	@$(CLIENTS)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --no-deps --requirement requirements/clients.lock
	@touch $@
