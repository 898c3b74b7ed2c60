# One command for each thing; what each stage took is printed beside it. A stage that fails ends the run.
.NOTPARALLEL:
.DEFAULT_GOAL := help
SHELL := /bin/bash
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/node_modules/.bin:$(PATH)

STAGE := tools/stage.sh
# Integration tests mostly wait for blocks and processes, so three files at a time keep two cores busy.
WAITING := -n 3 --dist loadfile
PYTHON_FILES = $(shell find chainfaas tests tools migrations examples bench -name '*.py' 2>/dev/null)
SOLIDITY_FILES = $(shell find contracts tests/contracts -name '*.sol' 2>/dev/null)

.PHONY: help
help: ## Lists these targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Installs all that is needed into .venv, node_modules and build; does nothing when it is there.
	@tools/setup.sh

.PHONY: test
test: setup check test-sandbox-init test-python test-contracts ## Runs everything that must hold: setup, check, then every test.

.PHONY: check
check: setup ## Formatting, lint, types, layers, and that generated files are fresh.
	@$(STAGE) "Python format" ruff format --check --quiet .
	@$(STAGE) "Python lint" ruff check --quiet .
	@$(STAGE) "Python types" mypy $(PYTHON_FILES)
	@$(STAGE) "layers" lint-imports --no-logo --config pyproject.toml
	@$(STAGE) "Solidity format" forge fmt --check
	@$(STAGE) "Solidity lint" solhint --disc --noPoster --max-warnings 0 $(SOLIDITY_FILES)
	@$(STAGE) "artefacts are fresh" python tools/make_artefacts.py --check
	@$(STAGE) "lock file is fresh" tools/lock.sh --check
	@$(STAGE) "Go format and vet" sh -c 'for each in sandbox-init sandbox-attacks; do (cd $$each && test -z "$$($$(go env GOROOT)/bin/gofmt -l .)" && go vet ./...) || exit 1; done'
	@$(STAGE) "sandbox-init is fresh" tools/sandbox_init.sh --check
	@$(STAGE) "sandbox-attacks is fresh" tools/sandbox_attacks.sh --check

.PHONY: test-python
test-python: test-unit test-architecture test-integration test-doctor test-end-to-end test-chaos ## Every Python test, one kind after the other.

.PHONY: test-unit
test-unit: setup ## Python tests without sockets or processes.
	@$(STAGE) "unit tests" pytest -n 2 --dist worksteal tests/unit

.PHONY: test-architecture
test-architecture: setup ## Tests of the source tree itself.
	@$(STAGE) "architecture tests" pytest tests/architecture

.PHONY: test-integration
test-integration: setup ## Python tests against real processes, nodes and databases.
	@$(STAGE) "integration tests" pytest $(WAITING) tests/integration --ignore tests/integration/doctor

.PHONY: test-doctor
test-doctor: setup ## Attacks on real sandboxes; by themselves, since they take whatever the machine gives them.
	@$(STAGE) "attacks on sandboxes" pytest tests/integration/doctor

.PHONY: test-end-to-end
test-end-to-end: setup ## Python tests of the whole system.
	@if find tests/end_to_end -name 'test_*.py' 2>/dev/null | grep -q .; then $(STAGE) "end-to-end tests" pytest tests/end_to_end; fi

.PHONY: test-chaos
test-chaos: setup ## Kills the parts of a whole system at random; CHAINFAAS_KILLS_SEED draws the same again.
	@$(STAGE) "chaos tests" pytest tests/chaos

.PHONY: test-contracts
test-contracts: setup ## Contract tests, with the number of runs that counts.
	@FOUNDRY_PROFILE=ci $(STAGE) "contract tests" tools/contract_tests.sh

.PHONY: test-sandbox-init
test-sandbox-init: setup ## Go tests of process 1 of the sandboxes.
	@$(STAGE) "sandbox-init tests" sh -c 'cd sandbox-init && go test ./...'

.PHONY: sandbox-init
sandbox-init: setup ## Builds process 1 of the sandboxes and writes sandbox-init/dist.
	@$(STAGE) "sandbox-init" tools/sandbox_init.sh

.PHONY: sandbox-attacks
sandbox-attacks: setup ## Builds the doctor's attack program and writes sandbox-attacks/dist.
	@$(STAGE) "sandbox-attacks" tools/sandbox_attacks.sh

.PHONY: artefacts
artefacts: setup ## Compiles the contracts and writes contracts/artefacts.
	@$(STAGE) "artefacts" python tools/make_artefacts.py

.PHONY: demo
demo: setup ## Starts a whole ChainFaaS here, calls functions with real input, and shows how they are paid.
	@python -m tools.demo

.PHONY: down
down: ## Stops what the demo, or chainfaas up, has started in this checkout; all data stays.
	@.venv/bin/chainfaas down

.PHONY: gas
gas: setup ## Measures what jobs cost on a real network of three signers, and writes bench/results/gas.json.
	@$(STAGE) "gas" python bench/gas.py

.PHONY: bench-call
bench-call: setup ## Measures calls and payments on two whole local systems, and writes bench/results/call.json.
	@$(STAGE) "bench-call" python bench/call.py

.PHONY: bench-provider
bench-provider: setup ## Measures one provider's sandboxes beside their floors, and writes bench/results/provider.json.
	@$(STAGE) "bench-provider" python bench/provider.py

.PHONY: format
format: setup ## Formats all sources.
	@ruff check --quiet --fix-only . && ruff format --quiet . && forge fmt

.PHONY: lock
lock: setup ## Resolves the Python dependencies again and writes requirements/dev.lock.
	@tools/lock.sh
