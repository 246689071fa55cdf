# Everything starts from a bare machine with make and Python 3.11 or newer, and happens in .venv.
#   make demo   the example audit, from nothing to demo-report/card.pdf
#   make test   everything the test suite needs, then the suite
#   make frameworks  models of every framework, and peers that need torch; installs 3 GB; after make test
#   make tensorflow  the same for TensorFlow, in .venv-tensorflow; installs 2.4 GB
#   make servers  model servers and MLflow, in .venv-servers and .venv-kserve; installs 2 GB
#   make lint   style, types and the layers; after make test
#   make constraints   a fresh set of tested versions

PYTHON ?= python3
PIP = .venv/bin/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
SOURCES = pyproject.toml constraints.txt

.PHONY: demo test frameworks tensorflow servers lint constraints

demo: .venv/core
	.venv/bin/assay demo --out demo-report

test: .venv/test
	OMP_NUM_THREADS=1 .venv/bin/pytest -n auto

frameworks: .venv/frameworks
	OMP_NUM_THREADS=1 .venv/bin/pytest -n auto tests/models tests/attacks tests/stats/test_peers.py tests/checks/test_hf_metrics.py

.venv/frameworks: .venv/test
	@echo "Installing the frameworks of models into .venv ..."
	$(PIP) --editable '.[test,dev,frameworks]'
	@touch $@

# These need other versions of packages than the rest does, or have no room beside it.
tensorflow: .venv-tensorflow/ready
	OMP_NUM_THREADS=1 TF_CPP_MIN_LOG_LEVEL=3 .venv-tensorflow/bin/pytest \
	  tests/models/test_tensorflow.py tests/models/test_keras.py tests/models/test_same_record.py

servers: .venv-servers/ready .venv-kserve/ready
	OMP_NUM_THREADS=1 PATH="$(CURDIR)/.venv-servers/bin:$$PATH" KSERVE_PYTHON="$(CURDIR)/.venv-kserve/bin/python" \
	  .venv-servers/bin/pytest -n auto tests/models/test_served_real.py tests/models/test_mlflow.py

.venv-tensorflow/ready: $(SOURCES)
	@echo "Installing TensorFlow into .venv-tensorflow ..."
	$(PYTHON) -m venv .venv-tensorflow
	$(subst .venv/,.venv-tensorflow/,$(PIP)) --editable '.[test,keras]' tensorflow-cpu
	@touch $@

.venv-servers/ready .venv-kserve/ready: .venv-%/ready: pyproject.toml .ci/%.txt
	@echo "Installing model servers into .venv-$* ..."
	$(PYTHON) -m venv .venv-$*
	.venv-$*/bin/python -m pip --disable-pip-version-check install --quiet --requirement .ci/$*.txt
	$(if $(filter servers,$*),.venv-servers/bin/python -m pip install --quiet --no-deps --editable .)
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
