# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Two test processes on two cores.
JOBS ?= 2

.PHONY: help setup demo compare test long slow oldest thirdparty docs lint types clean

help:
	@echo "make demo   the whole flow on drawn people: relations, mask, training with it (out: demo-out/)"
	@echo "make compare  an hour: what is best for drawn people, judged on fresh seeds (out: compare-out/)"
	@echo "make test   every fast test, with warnings as errors"
	@echo "make long   the tests of whole commands, notebooks and several processes: as long again"
	@echo "make slow   the tests of minutes, by hand"
	@echo "make oldest      the fast tests with the oldest torch that pyproject.toml allows (gigabytes)"
	@echo "make thirdparty  108 networks of torchvision, timm and transformers, newest torch (gigabytes)"
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
	@$(BIN)/gradsplit recommend figures --set preset=quick --out compare-out \
		--executor processes --workers $(JOBS)

# A file at a time: the examples of a page build on each other.
# Files in their order: xdist would leave those of one long test to the end, one worker idle.
PYTEST = OMP_NUM_THREADS=1 $(BIN)/python -m pytest
SHARED := --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder

test: $(READY)
	@$(PYTEST) $(SHARED)

long: $(READY)
	@$(PYTEST) $(SHARED) -m "long and not slow"

slow: $(READY)
	@$(PYTEST) -m slow --timeout 3600

# An environment of its own with another torch: $(call other_torch,FOLDER,PACKAGES). Where torch's own
# index can be reached, PIP_EXTRA_INDEX_URL spares the gigabytes of its CUDA libraries.
define other_torch
	@echo "Setting up $(1) with $(2)"
	@$(PYTHON) -m venv $(1)
	@grep -v '^torch==' constraints.txt > $(1)/constraints.txt
	@$(1)/bin/python -m pip install --quiet --disable-pip-version-check \
		--constraint $(1)/constraints.txt $(2) --editable ".[dev]"
	@touch $(1)/.ready
endef

.venv-oldest/.ready: pyproject.toml constraints.txt
	$(call other_torch,.venv-oldest,torch==2.8.0)

.venv-thirdparty/.ready: pyproject.toml constraints.txt
	$(call other_torch,.venv-thirdparty,torch==2.14.1 torchvision==0.29.1 timm)

oldest: .venv-oldest/.ready
	@OMP_NUM_THREADS=1 .venv-oldest/bin/python -m pytest --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder

thirdparty: .venv-thirdparty/.ready
	@OMP_NUM_THREADS=1 .venv-thirdparty/bin/python -m pytest -m "" \
		--timeout 3600 tests/exactness

docs: $(READY)
	@$(BIN)/python -m sphinx -q -W --keep-going -c docs -d build/trees . build/site

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(READY)
	@$(BIN)/pyright --pythonpath $(BIN)/python

clean:
	rm -rf $(VENV) .venv-oldest .venv-thirdparty demo-out build *.egg-info
