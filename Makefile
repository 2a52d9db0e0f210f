# Needs Debian 12 (or any system) with Python 3.11 and its venv module; no node (pip brings one, to build and check the
# extension of JupyterLab). Everything else goes into .venv.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

# Browser tests look for Chromium here; another one can be named on the command line.
export REVBENCH_CHROMIUM ?= /usr/bin/chromium
# node trusts its own list of authorities only, pip the system's too: behind a proxy the former alone would fail.
export NODE_EXTRA_CA_CERTS ?= $(wildcard /etc/ssl/certs/ca-certificates.crt)
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

# Two workers (also on two cores: one compiles while the other waits for a browser). `loadgroup` keeps all browser
# tests in one worker, one after the other, on one JupyterLab.
WORKERS ?= 2
ARGS    ?=
N       ?= 2000
JOBS    ?= 1
ONLY    ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo lab test random mutants lint clean

help:           ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile

setup: $(STAMP) ## install revbench and its tools into .venv

# What the extension of JupyterLab is built from: pip builds it and puts it into .venv/share/jupyter.
EXTENSION := $(wildcard extension/*.json extension/yarn.lock extension/.yarnrc.yml $(addprefix extension/,src/*.js style/* schema/*))

# Installed again when a dependency may have changed. `pip` is tested for, not `python`: where Debian's python3-venv
# is missing, venv leaves a folder with an interpreter and no pip.
$(STAMP): pyproject.toml $(EXTENSION)
	test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/pip install --quiet -e '.[dev]'
	touch $@

demo: setup     ## a first look, in the terminal
	$(BIN)/revbench demo

lab: setup      ## the course, in JupyterLab
	$(BIN)/revbench lab

test: setup $(REVBENCH_CHROMIUM) ## all tests (one of them: make test ARGS='-k inverse')
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup $(ARGS)

# No prerequisites, so this runs only where the file is missing.
$(REVBENCH_CHROMIUM):
	$(SUDO) apt-get update
	$(SUDO) apt-get install -y --no-install-recommends chromium fonts-dejavu-core

random: setup   ## random programs, more than CI has time for: make random N=20000
	REVBENCH_PROGRAMS=$(N) REVBENCH_PROGRAMS_ON_NUMBA=$(shell expr $(N) / 20) $(BIN)/pytest -s -n $(WORKERS) tests/test_random.py

mutants: setup  ## break one rule at a time: does a test notice? (some of them: make mutants ONLY=inverse)
	$(BIN)/python -m tests.mutants --jobs $(JOBS) $(if $(ONLY),'$(ONLY)')

# pip's build of the extension leaves its tools there; this is for who has removed them, or has another lock file now.
NODE       := PATH="$(abspath $(BIN)):$$PATH"
JAVASCRIPT := extension/eslint.config.js $(addprefix extension/,src style test) revbench/widgets/static revbench/bench/pages

extension/node_modules/.yarn-state.yml: $(STAMP) extension/yarn.lock
	cd extension && $(NODE) jlpm install --immutable
	touch $@

lint: setup extension/node_modules/.yarn-state.yml ## style, types, who may import whom; JavaScript, too
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(NODE) extension/node_modules/.bin/eslint --config extension/eslint.config.js --max-warnings 0 $(JAVASCRIPT)
	cd extension && $(NODE) node --test --test-reporter=dot test/*.test.js

clean:          ## remove caches and built files (for a fresh start: rm -rf .venv, too)
	rm -rf build dist extension/node_modules revbench/labextension .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find revbench tests -name __pycache__ -type d -prune -exec rm -rf {} +
