# Everything starts from a bare machine with make and Python 3.11 or newer, and happens in .venv.
#   make demo   the example audit, from nothing to demo-report/card.pdf
#   make test   everything the test suite needs, then the suite
#   make frameworks  models of every framework, and peers that need torch; installs 3 GB; after make test
#   make lint   style, types and the layers; after make test
#   make constraints   a fresh set of tested versions

PYTHON ?= python3
PIP = .venv/bin/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
SOURCES = pyproject.toml constraints.txt

.PHONY: demo test frameworks lint constraints

demo: .venv/core
	.venv/bin/assay demo --out demo-report

test: .venv/test
	OMP_NUM_THREADS=1 .venv/bin/pytest -n auto

frameworks: .venv/frameworks
	OMP_NUM_THREADS=1 .venv/bin/pytest -n auto tests/models tests/stats/test_peers.py tests/checks/test_hf_metrics.py

.venv/frameworks: .venv/test
	@echo "Installing the frameworks of models into .venv ..."
	$(PIP) --editable '.[test,dev,frameworks]'
	@touch $@

lint: .venv/test
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	PYTHONPATH=.src .venv/bin/lint-imports --no-logo

constraints:
	rm -rf .venv && $(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet torch==2.13.0
	.venv/bin/python -m pip install --quiet --editable '.[test,dev,frameworks]'
	{ sed '/^[^#]/d' constraints.txt; \
	  .venv/bin/python -m pip freeze --all --exclude pip --exclude-editable | sed 's/+cpu$$//'; } > constraints.new
	mv constraints.new constraints.txt

.venv/core: $(SOURCES) | .venv/bin/python
	@echo "Installing assay into .venv ..."
	$(PIP) --editable .
	@touch $@

.venv/test: $(SOURCES) tests/plugin_package/pyproject.toml | .venv/bin/python
	@echo "Installing assay and what its tests need into .venv ..."
	$(PIP) --editable '.[test,dev]' --editable tests/plugin_package
	@touch $@ .venv/core

.venv/bin/python:
	$(PYTHON) .ci/machine.py
	$(PYTHON) -m venv .venv
