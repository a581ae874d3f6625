# Everything a fresh machine needs is done by these targets; nothing has to be installed by hand but Python.
.PHONY: run test lint bench reader clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TEST_READY := $(VENV)/.ready-for-tests

run: $(READY) ## start Alex in the browser
	@$(BIN)/python ingest.py
	@$(BIN)/alex

test: $(TEST_READY) ## run every test
	@$(BIN)/python -m pytest

lint: $(TEST_READY) ## style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: $(TEST_READY) ## what it costs, as tables in docs/
	@$(BIN)/python bench/engine.py

reader: $(TEST_READY) ## train the reader again (takes half an hour)
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[training]'
	@cd training && ../$(BIN)/python train_reader.py && ../$(BIN)/python train_guard.py

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || \
	  { echo "Alex needs Python 3.11, 3.12 or 3.13. This is $$($(PYTHON) --version). Try: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(READY): $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing Alex into $(VENV). The first time takes a few minutes."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

$(TEST_READY): $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	@touch $@

clean: ## remove the environment; transcripts are kept elsewhere and stay
	rm -rf $(VENV)
