# The commands of the house. All of them work in a path with a space, as root or not, twice in a row.
.POSIX:
.PHONY: help install run test check bench docs

PY = .venv/bin/python

help:
	@echo "make install   the environment and the front-end files"
	@echo "make run       the demonstration, then everything served at one address"
	@echo "make test      all tests (installs first)"
	@echo "make check     format, lint, types, import directions, queries, migrations"
	@echo "make bench     the figures, each beside its peer"
	@echo "make docs      the reference, made from the code"

install:
	@sh scripts/install.sh

run: install
	@exec $(PY) -m postwright.cli.main up --demo examples/launch.md

check: install
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	.venv/bin/lint-imports
	$(PY) -m postwright.cli.main db check
	$(PY) scripts/docs.py --check

test: install
	@sh scripts/peers.sh & peers=$$!; $(MAKE) --no-print-directory check && sh scripts/system.sh && wait $$peers
	$(PY) -m pytest -n 2 --no-loadscope-reorder

bench: install
	@for bench in bench/[a-z]*.py; do echo "== $$bench"; $(PY) "$$bench" $(BENCH_ARGS) || exit 1; done

docs: install
	$(PY) scripts/docs.py
