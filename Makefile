# Every target makes its own virtual environment in .venv: nothing else needs to be installed
# but Python ≥ 3.11 (with venv), Git ≥ 2.39, OpenSSH and make.

PYTHON ?= python3
SERVE ?= 1
PORT ?= 8000
USERS ?= 0
SECONDS ?= 600
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help demo test lint format fuzz screenshots bench site clean

help:  ## what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(VENV)/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "This Python cannot make virtual environments: install python3-venv"; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/pip install --quiet --editable . --group dev
	@touch $@

demo: $(VENV)/installed  ## real logs → log in → signed pull requests on a GitHub of its own → verdicts → merge → the site on localhost (USERS=200: more people; SERVE=0: stop then)
	$(BIN)/python -m tests.demo --output demo --port $(PORT) --users $(USERS) $(if $(filter 0,$(SERVE)),--no-serve)

test: $(VENV)/installed  ## the test suite
	$(BIN)/pytest

lint: $(VENV)/installed  ## ruff, formatting, mypy, zizmor, actionlint
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/zizmor --pedantic --offline --quiet .github
	$(BIN)/actionlint

format: $(VENV)/installed  ## let ruff format and mend what it can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

fuzz: $(VENV)/installed  ## fuzz the readers of JSON and signatures (SECONDS=600)
	$(BIN)/pip install --quiet --group fuzz
	$(BIN)/python fuzz/json_and_signatures.py --seconds $(SECONDS)

screenshots: $(VENV)/installed  ## the README's pictures: of the demo's site (Chromium) and of the commands (tmux)
	$(BIN)/python -m tests.demo --output demo --users 200 --no-serve
	$(BIN)/python -m tests.demo.screenshots
	$(BIN)/python -m tests.demo.captures

bench: $(VENV)/installed  ## all benchmarks, one after the other
	@for name in scan load build batch_merge; do echo; echo "== $$name"; $(BIN)/python -m benchmarks.$$name || exit 1; done

site: $(VENV)/installed  ## build the site of this repository's store into site/
	$(BIN)/token-tracker build --repository . --revision HEAD --output site

clean:  ## remove everything that was made
	rm -rf $(VENV) demo site/* .pytest_cache .mypy_cache .ruff_cache .hypothesis
