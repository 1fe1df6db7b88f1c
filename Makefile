# Two commands are enough: `make run` to try it, `make test` to trust it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORPUS ?= ../shared/corpus
PORT ?= 8000

.PHONY: install dev run test check format bench corpus clean

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[demo]'
	touch $@

dev: $(VENV)/.developed

$(VENV)/.developed: $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[demo,dev]'
	touch $@

run: install
	exec $(BIN)/verifier demo --port $(PORT)

test: dev
	$(BIN)/pytest

check: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/budgets.py verifier

format: dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: dev
	$(BIN)/python -m bench

$(VENV)/.vectors: $(VENV)/.developed
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[demo,dev,corpus]'
	touch $@

corpus: $(VENV)/.vectors
	$(BIN)/python -m tools.corpus $(CORPUS)

clean:
	rm -rf $(VENV) var build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
