# Every routine of a working day. `make` alone lists them.

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
UV ?= uv
# `make lock LOCK_ARGS=--upgrade` takes newer releases; without it, pins stay where they can.
LOCK_ARGS ?=

.DEFAULT_GOAL := help
# Each process of the tests would compile every module anew: half of what collection takes.
unexport PYTHONDONTWRITEBYTECODE
.DELETE_ON_ERROR:

.PHONY: help
help: ## list what make can do
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) \
		| sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 18
	@for file in $(BENCH_FILES); do \
		printf 'bench-%s\t%s\n' "$$(basename $$file .py)" \
			"$$(sed -nE '1s/^"""([^"]*)\..*/\1/p' $$file)"; \
	done | expand -t 18

.PHONY: setup
setup: $(INSTALLED) ## install the locked dependencies and the command .venv/bin/bilum

.PHONY: check
check: $(INSTALLED) ## lint, format, types and the borders between packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# PYTEST_ARGS is for both; `-p tests.support.costs` tells what each folder costs. One process more
# than there are cores: a quarter of the tests' time is waiting for processes, files and timers.
TEST_PROCESSES ?= $(shell expr $$(nproc) + 1)
PYTEST := $(BIN)/python -m pytest --numprocesses=$(TEST_PROCESSES) --dist=loadfile --no-loadscope-reorder

.PHONY: test
test: $(INSTALLED) ## run the tests that need no server and no data
	$(PYTEST) -m 'not external and not slow' $(PYTEST_ARGS)

.PHONY: test-all
test-all: export BILUM_TEST_FULL ?= 1
test-all: $(INSTALLED) ## run every test in full; one whose server is not there says so and is skipped
	$(PYTEST) $(PYTEST_ARGS)

.PHONY: faults
faults: export BILUM_TEST_KILLS ?= 1000
faults: export BILUM_TEST_SCHEDULES ?= 200
faults: export BILUM_TEST_MUTATIONS ?= 1000
faults: $(INSTALLED) ## kill and freeze dispatchers, cut a host off; 200 schedules of faults for the ledger; 1000 edits to audit
	$(BIN)/python -m pytest -s $(PYTEST_ARGS) tests/flow/test_dispatch_kills.py \
		tests/flow/test_dispatch_freezes.py tests/flow/test_two_hosts.py \
		tests/flow/test_ledger_schedules.py tests/flow/test_auditor_mutations.py

# As many inputs over all targets; a chunk that fails is run again by its target and its seed.
FUZZ_INPUTS ?= 1000000
.PHONY: fuzz
fuzz: $(INSTALLED) ## read a million arbitrary inputs on all cores; FUZZ_INPUTS=100000 for fewer
	$(BIN)/python -m tests.fuzz --inputs $(FUZZ_INPUTS)

# CORPUS_ARGS=-v lists every text that had an effect it must not have.
.PHONY: corpus
corpus: $(INSTALLED) ## send 4,500 labelled texts through the door; print how many are understood
	$(BIN)/python -m tests.corpus $(CORPUS_ARGS)

.PHONY: lexicon
lexicon: $(INSTALLED) ## learn from the examples of danger again, after a change of the lexicon; takes minutes
	$(BIN)/bilum danger learn

# DRILLS_ARGS="kill --rounds 1000 --seed 7" for one of them; without --full each is short.
DRILLS_ARGS ?= --full --reports build/drills kill fail-over partition disk-full disk-error slow-disk blackout clock database-clock slow-network broker dns certificates
.PHONY: drills
drills: $(INSTALLED) ## break three hosts while people report; nothing may be lost or doubled; takes hours, as root
	$(BIN)/python -m deploy.lab $(DRILLS_ARGS)

.PHONY: lab
lab: $(INSTALLED) ## bring up three hosts on this machine, until Ctrl-C; as root
	$(BIN)/python -m deploy.lab

.PHONY: district
district: export BILUM_TEST_DISTRICT_DAYS ?= 365
district: $(INSTALLED) ## let a district of 200 keepers and 20 thieves text for a year, and compare with the truth
	$(BIN)/python -m pytest -s $(PYTEST_ARGS) tests/threats/test_district.py

# N histories from the seed SEED on; MODEL_ARGS=--postgres tells them to that server.
N ?= 100000
SEED ?= 1
.PHONY: model
model: $(INSTALLED) ## tell 100,000 random histories of pigs to the program, and hold it against the rules
	$(BIN)/python -m tests.model --histories $(N) --seed $(SEED) $(MODEL_ARGS)

# SCHEDULES of drawn commands, beside each pair that is stopped at each of its statements.
SCHEDULES ?= 5000
.PHONY: interleavings
interleavings: export BILUM_TEST_INTERLEAVINGS ?= $(SCHEDULES)
interleavings: $(INSTALLED) ## let people's commands meet in any order of their statements, on PostgreSQL; 5,000 schedules
	$(BIN)/python -m pytest -s $(PYTEST_ARGS) tests/interleavings

.PHONY: demo
demo: $(INSTALLED) ## play the story: six SMS, a record on the contract, a proof checked offline
	$(BIN)/bilum demo

.PHONY: serve
serve: export BILUM_DEVELOPMENT ?= 1
serve: $(INSTALLED) ## run web, workers, clock and phones to try it with, on the embedded defaults
	$(BIN)/bilum db upgrade
	$(BIN)/bilum run

.PHONY: contracts
contracts: ## compile the contract with the pinned compiler (needs Node.js)
	cd contracts && npm ci --no-audit --no-fund && npm run compile

.PHONY: console
console: ## make the console's styles and scripts from the locked packages (needs Node.js)
	cd console && npm ci --no-audit --no-fund && npm run build

.PHONY: catalogues
catalogues: $(INSTALLED) ## carry changed English sentences into the other languages, and list what is a draft
	$(BIN)/python -m tests.services.texts

.PHONY: secrets
secrets: $(INSTALLED) ## make the keys and passwords that docker-compose.yml reads, once
	$(BIN)/python deploy/make_secrets.py secrets

COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--prerelease=if-necessary-or-explicit --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make lock" $(LOCK_ARGS) pyproject.toml

.PHONY: lock
lock: ## resolve the dependencies again and pin them with hashes (needs uv)
	$(COMPILE) requirements/build.in --output-file requirements/run.lock
	$(COMPILE) requirements/build.in --extra celery --constraint requirements/run.lock \
		--output-file requirements/celery.lock
	$(COMPILE) --extra dev --constraint requirements/run.lock --output-file requirements/dev.lock

# CycloneDX; scanners of vulnerabilities read it where there is a network.
.PHONY: sbom
sbom: $(INSTALLED) ## list the packages of a deployment, and of the console's files, in build/sbom (needs npm)
	mkdir -p build/sbom
	$(BIN)/cyclonedx-py requirements requirements/run.lock --pyproject pyproject.toml --short-PURLs \
		--output-reproducible --of JSON -o build/sbom/python.cdx.json
	npm sbom --prefix console --package-lock-only --sbom-format cyclonedx >build/sbom/console.cdx.json

.PHONY: clean
clean: ## remove what make and the tools made
	rm -rf $(VENV) build bilum.egg-info console/node_modules contracts/node_modules
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A file bench/NAME.py is the target bench-NAME; the first line of its docstring is the help.
# BENCH_ARGS is for it.
BENCH_FILES := $(sort $(wildcard bench/[a-z]*.py))
BENCHES := $(patsubst bench/%.py,bench-%,$(BENCH_FILES))
.PHONY: $(BENCHES)
$(BENCHES): bench-%: bench/%.py $(INSTALLED)
	$(BIN)/python -m bench.$* $(BENCH_ARGS)

# The first Python of 3.11 or later; `make PYTHON=/path/to/python` chooses another.
PYTHON ?= $(shell for python in python3.11 python3 python3.12 python3.13; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)

$(INSTALLED): requirements/dev.lock pyproject.toml
	@test -n "$(PYTHON)" || { \
		echo 'Python 3.11 or later is needed. Debian: apt-get install python3 python3-venv' >&2; \
		exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo '$(PYTHON) cannot make environments. Debian: apt-get install python3-venv' >&2; \
		exit 1; }
	@echo 'Installing the locked dependencies into $(VENV); this takes about half a minute.'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--require-hashes --no-deps --requirement requirements/dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--no-deps --no-build-isolation --editable .
	@touch $@
