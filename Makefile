# make demo   see it work on real text            make test   everything, set-up included
# make stress the full counts of kills and mutations           make bench  the published measurements
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test stress install browser bench lint docs wheel warmup clean

demo: .venv/demo
	@$(BIN)/vec2seq demo

test: install browser warmup lint
	$(BIN)/python -m pytest

stress: install browser warmup
	$(BIN)/python tests/stress.py
	PYTHONPATH=tests $(BIN)/python tests/engine/faults.py --out benchmarks/results/faults.json
	$(BIN)/python tests/tasks/linefaults.py --out benchmarks/results/linefaults.json

install: .venv/dev

browser:
	@bash tests/browser/install.sh

bench: .venv/dev .venv-bench/ready .venv-base/ready
	$(BIN)/python benchmarks/all.py

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: .venv/dev
	$(BIN)/python benchmarks/report.py
	$(BIN)/python tests/test_docs.py

wheel: .venv/dev
	$(BIN)/python -m pip wheel --no-deps --wheel-dir dist .

warmup: .venv/dev
	@$(BIN)/vec2seq warmup

clean:
	rm -rf .venv .venv-base .venv-bench build dist demo src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/demo: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) install --constraint constraints.txt --editable '.[samples,map]'
	@touch $@

# torch first and pinned: a range would bring gigabytes of libraries for GPUs
.venv/dev: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) install --constraint constraints.txt torch==2.13.0
	$(PIP) install --constraint constraints.txt --editable '.[dev]'
	@touch $@ .venv/demo

.venv-base/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-base
	.venv-base/bin/python -m pip --disable-pip-version-check --quiet install --constraint constraints.txt --editable .
	@touch $@

.venv-bench/ready: benchmarks/requirements.txt constraints.txt
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip --disable-pip-version-check --quiet install --constraint constraints.txt torch==2.13.0
	.venv-bench/bin/python -m pip --disable-pip-version-check --quiet install --requirement benchmarks/requirements.txt
	@touch $@
