# Ab-initio labels: GPAW lives in an environment of its own, apart from the pinned one.

DFT_VENV := .venv-dft
DFT_READY := $(DFT_VENV)/.ready
DFT_PYTHON ?= $(DFT_VENV)/bin/python
LABEL = $(NICE) $(RUN) $(SUPERIONIC) label
DFT_SETTINGS := $(wildcard replication/materials/*/dft.toml)

.PHONY: dft dft-status

$(DFT_READY): data/dft/gpaw/requirements.txt data/dft/gpaw/siteconfig.py
	@echo '#include <xc.h>' | $${CXX:-c++} -E -x c++ - >/dev/null 2>&1 || \
	  { echo "libxc is missing: see the lines for Debian in data/dft/README.md"; exit 1; }
	@test -x $(DFT_VENV)/bin/python || $(PYTHON) -m venv $(DFT_VENV)
	CC=$${CXX:-c++} GPAW_CONFIG=$(CURDIR)/data/dft/gpaw/siteconfig.py \
	  $(DFT_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r data/dft/gpaw/requirements.txt
	@touch $@

dft: $(READY) $(DFT_READY) ## label the structures that wait for it (minutes to hours each; resumes)
	$(LABEL) $(DFT_SETTINGS) --python $(DFT_PYTHON)

dft-status: $(READY) ## count the labels, also in data/dft/README.md
	@$(SUPERIONIC) label $(DFT_SETTINGS) --status-into data/dft/README.md
	@$(SUPERIONIC) label $(DFT_SETTINGS) --status
