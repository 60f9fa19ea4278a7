# The whole compendium in one place. `make help` lists the targets; each sets up the environment it needs.
#
# Every stage is always called and exits at once when a content hash shows that its product is current. Time
# stamps mean nothing after a clone, so only the rules of the environments depend on them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SUPERIONIC := $(BIN)/superionic
DFT_READY := .venv-dft/.ready
DFT_PYTHON ?= .venv-dft/bin/python
# Figures and numbers need no PyTorch: without .venv a small environment suffices.
FIGURES_READY := $(if $(wildcard $(READY)),$(READY),.venv-figures/.ready)
FIGURES_PYTHON := PYTHONPATH=src $(dir $(FIGURES_READY))bin/python
CHECK_PYTHON = command -v $(PYTHON) >/dev/null || { echo "python3 is missing: install Python 3.11 or newer"; exit 1; }; \
  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
  { echo "$$($(PYTHON) --version) is too old: install Python 3.11 or newer, or make PYTHON=python3.12"; exit 1; }; \
  $(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
  { echo "Python's venv module is missing: install it (Debian and Ubuntu: apt install python3-venv)"; exit 1; }
DOCS := .venv-docs
DOCS_READY := $(DOCS)/.ready
RUN ?=
SCALE ?= smoke
MATERIAL ?=
N ?= 3
SECONDS ?= 600
INTO ?=

MATERIALS := $(notdir $(patsubst %/sweep.toml,%,$(wildcard replication/materials/*/sweep.toml)))
DFT := $(wildcard replication/materials/*/dft.toml)
TRAINING := $(wildcard replication/materials/*/training.toml)
TRIALS := $(wildcard replication/materials/*/trials.toml)
FIGURES := $(sort $(basename $(notdir $(wildcard replication/figures/figure*.py))))
export MPLBACKEND := Agg
# The matrices of an analysis are small: BLAS threads only slow it down.
reduce figures: export OMP_NUM_THREADS := 1

.DEFAULT_GOAL := help
.PHONY: help setup figures report data gauge claims reduce flux fetch runs dft dft-check dft-status potentials trials replicate new test test-all lint docs lock release bench gpu gpu-merge clean $(FIGURES) $(MATERIALS:%=figures-%)

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14
	@echo "figureN       one figure: $(FIGURES)"
	@echo "figures-NAME  the figures of a material: $(MATERIALS)"
	@echo "flux-<run>    one run: \`make runs\` lists them"

$(READY): requirements.txt pyproject.toml
	@$(CHECK_PYTHON)
	@command -v $${CXX:-c++} >/dev/null || \
	  echo "note: no C++ compiler found, MD will run on the slow PyTorch engine (Debian: apt install g++)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

setup: $(READY) ## make .venv with every pinned dependency

.venv-figures/.ready: requirements-figures.txt
	@$(CHECK_PYTHON)
	@test -x .venv-figures/bin/python || $(PYTHON) -m venv .venv-figures
	.venv-figures/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps -r $<
	@touch $@

figures: $(FIGURES_READY) ## regenerate every figure and the claims table from the committed data (a minute or two)
	@status=0; $(FIGURES_PYTHON) -m replication.reduce || status=1; \
	$(FIGURES_PYTHON) -m replication.figures || exit 1; \
	$(FIGURES_PYTHON) -m replication.report && $(FIGURES_PYTHON) -m replication.potentials && exit $$status

$(FIGURES): reduce
	@$(FIGURES_PYTHON) -m replication.figures $@

$(MATERIALS:%=figures-%): figures-%: reduce
	@$(FIGURES_PYTHON) -m replication.figures $*


reduce: $(FIGURES_READY) ## compute the numbers behind figures and claims from the committed flux
	@$(FIGURES_PYTHON) -m replication.reduce

data: $(READY) ## restore missing flux files, verified by their hashes (FROM=folder: from a folder)
	@$(BIN)/python -m replication.data $(if $(FROM),--from $(FROM))

gauge: $(READY) reduce ## predict the heat of transport of every potential from energies, for figure 6
	@$(BIN)/python -m replication.gauge

report: $(READY) $(if $(filter $(MATERIAL),$(MATERIALS)),figures-$(MATERIAL),figures) ## HTML pages with every claim, curve and run, in build/report (MATERIAL=name: one material)
	@$(BIN)/python -m replication.web $(MATERIAL)

claims: reduce ## rewrite the claims table
	@$(FIGURES_PYTHON) -m replication.report

# A run is a point of replication/materials/<material>/sweep.toml; its flux lies in data/flux/<material>/<run>.
# One process lists the missing ones; RUN="srun ..." and -j submit each to a queue. Interrupted runs resume.
flux: $(READY) ## run the molecular dynamics behind the flux that is missing or out of date (hours)
	@missing=$$($(BIN)/python -m replication.flux --missing) || exit 1; \
	if [ -z "$$missing" ]; then echo "flux: up to date"; else \
	$(BIN)/python -m replication.fetch $$missing && $(MAKE) $$(printf 'flux-%s ' $$missing); fi

fetch: $(READY) ## fetch the public files that runs need: nodes of a cluster may have no network (INTO=folder: a copy)
	@$(BIN)/python -m replication.fetch $(if $(INTO),--into $(INTO))

define FLUX_OF_MATERIAL
flux-$(1)/%: $$(READY)
	@$$(RUN) $$(BIN)/python -m replication.flux $(1)/$$*
endef
$(foreach material,$(MATERIALS),$(eval $(call FLUX_OF_MATERIAL,$(material))))

runs: $(READY) ## list every run and whether its flux is there
	@$(BIN)/python -m replication.flux --list

$(DOCS_READY): docs/requirements.txt
	@test -x $(DOCS)/bin/python || $(PYTHON) -m venv $(DOCS)
	$(DOCS)/bin/python -m pip install --quiet --disable-pip-version-check -r docs/requirements.txt
	@touch $@

# GPAW has its own environment, separate from the pinned one.
$(DFT_READY): data/dft/gpaw/requirements.txt data/dft/gpaw/siteconfig.py
	@echo '#include <xc.h>' | $${CXX:-c++} -E -x c++ - >/dev/null 2>&1 || \
	  { echo "libxc is missing: see the lines for Debian in data/dft/README.md"; exit 1; }
	@test -x .venv-dft/bin/python || $(PYTHON) -m venv .venv-dft
	CC=$${CXX:-c++} GPAW_CONFIG=$(CURDIR)/data/dft/gpaw/siteconfig.py \
	  .venv-dft/bin/python -m pip install --quiet --disable-pip-version-check -r data/dft/gpaw/requirements.txt
	@touch $@

dft: $(READY) $(DFT_READY) ## label the waiting structures (minutes to hours each; resumes)
	$(RUN) $(SUPERIONIC) label $(DFT) --python $(DFT_PYTHON)

dft-check: $(READY) $(DFT_READY) ## label N frames of each material again and compare
	@for settings in $(DFT); do \
	  $(SUPERIONIC) label $$settings --python $(DFT_PYTHON) --check $(N) || exit 1; done

dft-status: $(READY) ## count the labels, also in data/dft/README.md
	@$(SUPERIONIC) label $(DFT) --status-into data/dft/README.md
	@$(SUPERIONIC) label $(DFT) --status

potentials: $(READY) ## train the committees of potentials on the labels (resumes)
	@for settings in $(TRAINING); do \
	  $(RUN) $(SUPERIONIC) train $$settings && \
	  $(RUN) $(SUPERIONIC) train $$settings --model A --sizes --rounds || exit 1; done
	@$(BIN)/python -m replication.potentials

trials: $(READY) ## stability tests of our potentials by molecular dynamics (about two hours; resumes)
	@for settings in $(TRIALS); do \
	  $(RUN) $(BIN)/python -m replication.trials $$(basename $$(dirname $$settings)) || exit 1; done
	@$(BIN)/python -m replication.potentials

replicate: $(READY) ## the complete chain from scratch, SCALE=smoke (minutes), cpu (hours) or paper
	$(BIN)/python -m replication.replicate $(SCALE)

new: $(READY) ## the files of a new material: make new MATERIAL=name
	@$(BIN)/python -m replication.new $(MATERIAL)

test: $(READY) ## run the tests (minutes)
	$(BIN)/python -m pytest -n auto -m "not slow"

test-all: $(READY) ## run the slow tests as well
	$(BIN)/python -m pytest -n auto

lock: requirements.txt ## rewrite requirements-figures.txt from the pins of requirements.txt
	@$(PYTHON) -m tools.lock

release: $(FIGURES_READY) $(DOCS_READY) ## check versions and tables, build wheel and sdist into build/release
	@$(FIGURES_PYTHON) -m pip install --quiet --disable-pip-version-check build==1.6.1
	@$(FIGURES_PYTHON) -m tools.release

lint: $(READY) ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(DOCS_READY) ## build the documentation site into build/docs (half a minute)
	@$(DOCS)/bin/python -m sphinx -q -W --keep-going -b html -c docs . build/docs
	@echo "build/docs/index.html"

bench: $(READY) ## time the engines side by side on this machine
	$(BIN)/python -m replication.bench

gpu: $(READY) ## check and time the CUDA engine on a GPU, then produce flux (SECONDS=600 in all; resumes)
	$(RUN) $(BIN)/python -m replication.gpu --seconds $(SECONDS)

gpu-merge: $(READY) ## copy the products of `make gpu` from build/gpu into data/
	@$(BIN)/python -m replication.gpu.merge

clean: ## remove environments and caches, keep all data
	rm -rf $(VENV) .venv-figures .venv-docs build .pytest_cache .mypy_cache .ruff_cache
