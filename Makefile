# Everything a person types here sets up what it needs first. A second run only does its work.
#
#   make            what there is to type
#   make demo       record an example, look at it, prove it
#   make lesson     learn what learning means, step by step

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help demo lesson test check docs bench format viewer viewer-check constraints clean

# The interpreter that makes .venv. Left empty, the first suitable one is taken.
PYTHON ?=
# What else pytest is told: make test ARGS="-k layers"
ARGS ?=
# Which chapter of the lesson, by number or topic: make lesson CHAPTER=4. The next open one if empty.
CHAPTER ?=

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install -qq --constraint constraints.txt

help: ## this list
	@echo "make TARGET"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

demo: .venv/runtime-installed ## record an example, show it, prove it bitwise
	@mkdir -p build
	$(BIN)/retrograd run --force -o build/convergence.retro examples/convergence.py
	$(BIN)/retrograd show build/convergence.retro
	$(BIN)/retrograd show build/convergence.retro --step 0
	$(BIN)/retrograd show build/convergence.retro --step last
	$(BIN)/retrograd show build/convergence.retro --prove
	@echo "To learn what you saw there, step by step: make lesson"

lesson: .venv/lesson-installed ## learn what learning means, in JupyterLab
	$(BIN)/retrograd lesson $(CHAPTER)

test: .venv/dev-installed ## every test, on two processes
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

check: .venv/dev-installed ## format, lint, types, layers, spelling
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/codespell

format: .venv/dev-installed ## let ruff format and mend what it can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

viewer: viewer/node_modules/installed ## build viewer.js from viewer/src (needs Node)
	node viewer/build.js

viewer-check: viewer/node_modules/installed ## lint, type and test the viewer; is viewer.js current? (needs Node)
	cd viewer && node_modules/.bin/eslint . && node_modules/.bin/tsc -p .
	node --test viewer/test/*.test.js
	node viewer/build.js --check

docs: .venv/docs-installed ## the documentation, in build/docs; a warning is an error
	$(BIN)/sphinx-build -W --keep-going --quiet -b html -d build/doctrees docs build/docs
	@echo "The documentation: build/docs/index.html"

bench: .venv/dev-installed ## every benchmark
	@for script in benchmarks/*.py; do \
	  if [ -e "$$script" ]; then echo "$$script"; $(BIN)/python "$$script" || exit 1; \
	  else echo "There is no benchmark yet. A script in benchmarks/ is one."; fi; \
	done

clean: ## remove all that make wrote, .venv too
	rm -rf .venv build dist .coverage .coverage.* .hypothesis .import_linter_cache .pytest_cache .ruff_cache
	find src tests examples docs benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# ---------------------------------------------------------------- what the targets above need

# A command may be found and still not run, so each candidate is tried.
.venv/made:
	@set -e; found=; seen=; \
	for python in $(or $(PYTHON),python3.11 python3.12 python3.13 python3.14 python3 python); do \
	  version=$$("$$python" -c 'import platform; print(platform.python_version())' 2>/dev/null) || continue; \
	  if ! "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then \
	    seen="$$seen $$python (Python $$version, too old)"; \
	  elif ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
	    seen="$$seen $$python (Python $$version, without venv: on Debian install python3-venv)"; \
	  else found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "retrograd needs Python 3.11 or newer with its venv module. Found:$${seen:- none}." >&2; \
	  echo "Install one, or name one: make demo PYTHON=python3.12" >&2; \
	  exit 1; \
	fi; \
	echo "Making .venv with $$found (Python $$version)."; \
	"$$found" -m venv --clear .venv; touch $@

.venv/runtime-installed: pyproject.toml constraints.txt | .venv/made
	@echo "Installing retrograd and what it runs on into .venv (once; PyTorch is large)."
	@$(PIP) --editable .
	@touch $@

.venv/dev-installed: pyproject.toml constraints.txt | .venv/runtime-installed
	@echo "Installing the tools for tests and checks into .venv (once)."
	@$(PIP) --editable '.[dev]'
	@touch $@

.venv/lesson-installed: pyproject.toml constraints.txt | .venv/runtime-installed
	@echo "Installing JupyterLab and what else the lesson needs into .venv (once)."
	@$(PIP) --editable '.[lesson]'
	@touch $@

.venv/docs-installed: pyproject.toml constraints.txt | .venv/runtime-installed
	@echo "Installing the tools for the documentation into .venv (once)."
	@$(PIP) --editable '.[docs]'
	@touch $@

viewer/node_modules/installed: viewer/package.json viewer/package-lock.json
	npm ci --prefix viewer --no-audit --no-fund --silent
	@touch $@

# Resolve every version again with the interpreter of .venv, which is best the oldest supported one.
# PyTorch stays where the line below says. Read the difference before you keep it.
constraints: .venv/made ## write constraints.txt anew
	rm -rf build/fresh
	$(BIN)/python -m venv build/fresh
	build/fresh/bin/python -m pip install -qq 'torch==2.13.0'
	build/fresh/bin/python -m pip install -qq --editable '.[notebook,lesson,dev,docs]' 'torch==2.13.0'
	sed -n '/^#/p' constraints.txt > build/constraints.txt
	build/fresh/bin/python -m pip freeze --all --exclude pip --exclude retrograd --exclude-editable \
	  | sed 's/+[a-z0-9.]*$$//' >> build/constraints.txt
	mv build/constraints.txt constraints.txt
	rm -rf build/fresh
