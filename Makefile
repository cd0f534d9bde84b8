# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# make demo       run the main job against a simulated tenant
# make check      what to run all the time, in less than a minute: format, lint, types, unit
# make test       run every check, on every Python from 3.11 to 3.13 that is found
# make matrix     run its part of the other Pythons
# make unit       run one check; `make list` names them all; ARGS=... goes to pytest or ansible-test
# make benchmark  measure plays over 100 and 1,000 hosts against the least that a play can cost, and against our aims
# make benchmark_page  measure the page of a report of 10,000 tokens in headless Chromium
# make clean      remove everything that these made
#
# PYTHON is the interpreter behind build/venv (3.11 or newer). After changing it: make clean.

PYTHON ?= python3
VENV := build/venv
# One session more than there are processors, for each waits now and then: for a server, a disk, or its last test.
SESSIONS_AT_ONCE := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
NOX := $(VENV)/bin/nox --parallel $(SESSIONS_AT_ONCE)
# Most of the installed modules are never imported. Python compiles a module when it is imported first.
PIP_OPTIONS := --quiet --disable-pip-version-check --no-compile
SESSIONS := lint types unit model leak leak_floor crash year tour page integration integration_floor stores metrics pipelines \
	sanity sanity_floor docs ansible_lint changelog workflows actionlint package importer certification

.PHONY: demo check test matrix benchmark benchmark_page list clean venv $(SESSIONS)

demo: export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
demo: export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/build
demo: $(VENV)/demo.stamp
	$(VENV)/bin/python tests/tools/stage.py
	bash tests/demo/run.sh

benchmark: export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
benchmark: export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/build
benchmark: $(VENV)/demo.stamp
	$(VENV)/bin/python tests/tools/stage.py
	PYTHONPATH=build $(VENV)/bin/python tests/benchmark/hosts.py $(ARGS)

benchmark_page: venv
	$(VENV)/bin/python tests/tools/stage.py
	PYTHONPATH=build $(VENV)/bin/python tests/benchmark/page.py $(ARGS)

# To measure the coverage takes as long as the tests themselves, and so do the few that run playbooks: `make test` and
# `make unit` do both.
check: venv
	$(NOX) --tags check -- --no-cov -m 'not playbooks'

# nox runs the sessions of the matrix together with all others.
test: venv
	$(call summed_up,)

matrix: venv
	$(call summed_up,--tags matrix)

$(SESSIONS): venv
	$(VENV)/bin/nox --session $@ -- $(ARGS)

list: venv
	$(VENV)/bin/nox --list

define summed_up
rm -f build/report.json
$(NOX) --report build/report.json $(1); status=$$?; $(VENV)/bin/python tests/tools/summary.py build/report.json && exit $$status
endef

venv: $(VENV)/test.stamp

$(VENV)/demo.stamp: requirements/demo.txt
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed: make PYTHON=...")'
	$(PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/pip install $(PIP_OPTIONS) --requirement $<
	touch $@

$(VENV)/test.stamp: requirements/test.txt requirements/matrix.txt $(VENV)/demo.stamp
	$(VENV)/bin/pip install $(PIP_OPTIONS) --requirement $<
	touch $@

clean:
	rm -rf build
