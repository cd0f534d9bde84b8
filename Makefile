# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# make demo       run the main job against a simulated tenant
# make test       run every check; `make unit`, `make sanity`, ... run one (`make list` names them)
# make benchmark  measure a play over 100 hosts against the least that it can cost
# make clean      remove everything that these made
#
# PYTHON is the interpreter behind build/venv (3.11 or newer). After changing it: make clean.

PYTHON ?= python3
VENV := build/venv
SESSIONS := lint types unit model leak leak_floor crash year integration integration_floor stores sanity docs ansible_lint \
	changelog package

.PHONY: demo test benchmark list clean venv $(SESSIONS)

demo: export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
demo: export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/build
demo: $(VENV)/demo.stamp
	$(VENV)/bin/python tests/stage.py
	bash tests/demo/run.sh

benchmark: export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
benchmark: export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/build
benchmark: $(VENV)/demo.stamp
	$(VENV)/bin/python tests/stage.py
	PYTHONPATH=tests $(VENV)/bin/python tests/benchmark/hosts.py

test: venv
	$(VENV)/bin/nox

$(SESSIONS): venv
	$(VENV)/bin/nox --session $@

list: venv
	$(VENV)/bin/nox --list

venv: $(VENV)/test.stamp

$(VENV)/demo.stamp: requirements/demo.txt
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed: make PYTHON=...")'
	$(PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

$(VENV)/test.stamp: requirements/test.txt $(VENV)/demo.stamp
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

clean:
	rm -rf build
