# Each target first sets up what it needs in .venv; .ci/setup does nothing where that has been done.
PYTHON ?= python3
BIN := .venv/bin

export PYTHON
# With it, every start of a command would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test check soak bench bench-env fmt lock core dev format lint types layers

help:
	@echo "make demo    see a release refused, allowed and audited; installs what it needs, under two minutes"
	@echo "make test    all tests but the long ones"
	@echo "make check   format, lint, types, layers and tests: what .ci/run does"
	@echo "make soak    the long tests"
	@echo "make bench   how fast this machine hashes, checks signatures and moves releases: lines of JSON, many minutes"
	@echo "make fmt     format the code"
	@echo "make lock    write requirements/*.txt anew; UPGRADE=1 moves every pin"
	@echo "Another interpreter: make PYTHON=python3.12 ..."

core dev:
	@.ci/setup $@

demo: core
	@$(BIN)/holdfast tour

# A test process a core; a file stays with one of them, so that what its tests share is made once.
test: dev
	$(BIN)/pytest -n auto --dist loadfile

soak: dev
	$(BIN)/pytest -m soak

# What the benchmarks compare with is what the tests compare with, and more.
bench-env: dev
	@.ci/setup bench

bench: bench-env
	@$(BIN)/python -m benchmarks.manifest --json
	@$(BIN)/python -m benchmarks.signatures --json
	@$(BIN)/python -m benchmarks.transitions --json
	@$(BIN)/python -m benchmarks.postgres --json
	@$(BIN)/python -m benchmarks.growth --json
	@$(BIN)/python -m benchmarks.audit --json

check: format lint types layers test

format: dev
	$(BIN)/ruff format --check .

lint: dev
	$(BIN)/ruff check .

types: dev
	$(BIN)/mypy

layers: dev
	$(BIN)/lint-imports --no-cache --no-logo

fmt: dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock:
	@.ci/lock $(if $(UPGRADE),--upgrade)
