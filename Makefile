# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Two test processes on two cores.
JOBS ?= 2

.PHONY: help setup demo compare test slow docs lint types clean

help:
	@echo "make demo   the whole flow on drawn people: relations, mask, training with it (out: demo-out/)"
	@echo "make compare  an hour: does the mask help, and more than simpler things (out: compare-out/)"
	@echo "make test   every fast test, with warnings as errors"
	@echo "make slow   the tests of minutes, by hand"
	@echo "make docs   the documentation as a site (out: build/site/docs/index.html)"
	@echo "make lint   ruff"
	@echo "make types  pyright"

$(READY): pyproject.toml constraints.txt
	@echo "Setting up $(VENV) (about two minutes the first time)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
	@touch $@

setup: $(READY)

demo: $(READY)
	@$(BIN)/gradsplit demo --out demo-out

compare: $(READY)
	@$(BIN)/gradsplit compare figures --set preset=quick --undecided allow --out compare-out \
		--executor processes --workers $(JOBS)

# A file at a time: the examples of a page build on each other.
test: $(READY)
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadfile

slow: $(READY)
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m slow --timeout 3600

docs: $(READY)
	@$(BIN)/python -m sphinx -q -W --keep-going -c docs -d build/trees . build/site

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(READY)
	@$(BIN)/pyright --pythonpath $(BIN)/python

clean:
	rm -rf $(VENV) demo-out build *.egg-info
