# Every target sets up what it needs: a Rust toolchain, a C compiler and a CPython >= 3.12 somewhere
# (PYTHON=/path names one) are enough.

VENV := .venv
BIN := $(VENV)/bin
export CARGO_TARGET_DIR = $(CURDIR)/target
export PYO3_PYTHON = $(CURDIR)/$(BIN)/python
export MASS_ALEXA_SIMULATOR = $(CURDIR)/target/debug/amazon-simulator
# Tests and the demo leave the keyring of whoever runs them alone.
export MASS_ALEXA_KEYRING = off
CARGO ?= cargo

RUST_SOURCES := $(shell find src python/src tests/simulator/src -name '*.rs' -o -name '*.css' -o -name '*.json') \
	Cargo.toml Cargo.lock python/Cargo.toml tests/simulator/Cargo.toml

.PHONY: help demo test check test-rust test-python scenarios verifier judge peers fuzz browser develop simulator format wheel clean soak bench bench-gateway sdist packages deny

help:
	@echo "make demo    sign in to a simulated Amazon and drive its devices"
	@echo "make test    build and run every test; with MASS_SERVER_PYTHON=/path/to/python of a"
	@echo "             Music Assistant server, against that server too"
	@echo "make check   formatters, linters, types, stubs, documentation"
	@echo "make scenarios  one line for each promise of docs/scenarios.md: passed, failed or missing; with"
	@echo "             ONLY='S-L1 S-X3', those alone"
	@echo "make peers   let independent clients judge the simulated Amazon (needs the package registries);"
	@echo "             with NEWEST=1, their newest releases instead of the pinned ones"
	@echo "make verifier  judge CASES=10000 skill requests with our verifier and with Python's cryptography"
	@echo "             (SEED=word: others than usual)"
	@echo "make fuzz    run every fuzz target for SECONDS=600, or one of them with TARGET=pages (needs the"
	@echo "             nightly toolchain)"
	@echo "make bench   measure beside other clients: ratios, targets, plots in docs (ROUNDS=7)"
	@echo "make bench-gateway  50 streams at once and requests of the skill, beside aiohttp (ROUNDS=7)"
	@echo "make soak    let DAYS=30 pass for two accounts in minutes, whatever happens (SEED=number repeats)"
	@echo "make browser drive the sign-in pages in a real Chromium (CHROMIUM=/path names one); with"
	@echo "             PICTURES=folder, pictures of every page go there"
	@echo "make format  let the formatters change the code"
	@echo "make wheel   build the wheel into target/wheels; ARCH=aarch64 for another kind of machine"
	@echo "make sdist   build the source distribution into target/wheels"
	@echo "make packages build both, look into them, install them into clean environments of every"
	@echo "             CPython here, and run the Python tests against what was installed"
	@echo "make deny    licences and advisories of all crates (cargo-deny; ADVISORIES=folder: a"
	@echo "             clone of their database to fetch from)"

demo: develop simulator
	$(BIN)/mass-alexa demo

test: test-rust test-python

check: develop
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked --quiet -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked --quiet
	@! $(CARGO) tree --package mass-alexa --edges normal --invert pyo3 2>/dev/null | grep -q . || \
		{ echo "the core must not depend on PyO3"; exit 1; }
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest mass_alexa._native --mypy-config-file pyproject.toml

test-rust:
	@rm -rf target/logs
	$(CARGO) test --locked

# Two lanes side by side, because most of their time goes into waiting for one process after another:
# the command and its demonstration, and everything else. Last of all comes the scan of the logs of
# every test, those in Rust included, for secrets.
COMMAND_TESTS := $(sort $(wildcard tests/python/test_command_*.py)) tests/python/test_demo.py
OTHER_TESTS := $(filter-out $(COMMAND_TESTS) tests/python/test_zz_canary.py,$(sort $(wildcard tests/python/test_*.py)))
COMMAND_LANE := target/logs/command-tests.txt
test-python: export MASS_ALEXA_KEEP_LOGS = 1
test-python: develop simulator judge
	@mkdir -p target/logs && rm -f target/logs/python-*.log target/logs/secrets-python-*.json
	@$(BIN)/python -m pytest $(COMMAND_TESTS) > $(COMMAND_LANE) 2>&1 & commands=$$!; \
		$(BIN)/python -m pytest tests/provider; provider=$$?; \
		$(BIN)/python -m pytest $(OTHER_TESTS); others=$$?; \
		wait $$commands; commands=$$?; cat $(COMMAND_LANE); test "$$commands$$provider$$others" = 000
	$(BIN)/python -m pytest tests/python/test_zz_canary.py

scenarios: export MASS_ALEXA_KEEP_LOGS = 1
scenarios: develop simulator
	@rm -rf target/logs
	@PYTHONPATH=tools $(BIN)/python -m scenarios $(if $(ONLY),--only $(ONLY))

# A thousand of them are judged by every run of the tests.
CASES ?= 10000
verifier: develop judge
	VERIFIER_CASES=$(CASES) $(if $(SEED),SEED=$(SEED)) $(BIN)/python -m pytest tests/python/test_verifier.py

judge:
	$(CARGO) build --package mass-alexa --example skill_judge --locked --quiet

# First what clients of other projects make of the simulated Amazon, then what ours sends against
# what they send. What could not be installed ends with 3, a fault of ours with 1.
peers: develop simulator
	@$(BIN)/python tests/peers/run.py $(if $(NEWEST),--newest); judged=$$?; \
		case $$judged in 0|1|3) ;; *) exit 1 ;; esac; \
		$(BIN)/python tests/peers/compare.py; compared=$$?; \
		case $$judged,$$compared in 0,0) ;; [03],[03]) exit 3 ;; *) exit 1 ;; esac

# What cargo-fuzz would pass on. New finds go to target/fuzz, crashes beside them; the corpus of the
# repository is only read.
SECONDS ?= 600
TARGET ?= $(sort $(basename $(notdir $(wildcard tests/fuzz/targets/*.rs))))
FUZZ_HOST := $(shell rustc -vV 2>/dev/null | sed -n 's/^host: //p')
FUZZ_DIR := $(CURDIR)/target/fuzz
FUZZ_FLAGS := -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
	-Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
	-Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares \
	-Cllvm-args=-simplifycfg-branch-fold-threshold=0 -Ccodegen-units=1 -Zsanitizer=address

fuzz:
	@cp Cargo.lock tests/fuzz/Cargo.lock
	CARGO_TARGET_DIR=$(FUZZ_DIR) RUSTFLAGS="$(FUZZ_FLAGS)" $(CARGO) +nightly build --quiet \
		--manifest-path tests/fuzz/Cargo.toml --release --bins --target $(FUZZ_HOST)
	@for target in $(TARGET); do \
		mkdir -p $(FUZZ_DIR)/corpus/$$target $(FUZZ_DIR)/crashes && \
		echo "fuzzing $$target for $(SECONDS) seconds" && \
		nice -n 19 $(FUZZ_DIR)/$(FUZZ_HOST)/release/$$target \
			-max_total_time=$(SECONDS) -max_len=8192 -timeout=10 -rss_limit_mb=2048 \
			-dict=tests/fuzz/dictionaries/$$target.dict \
			-artifact_prefix=$(FUZZ_DIR)/crashes/$$target- -print_final_stats=1 \
			$(FUZZ_DIR)/corpus/$$target tests/fuzz/corpus/$$target \
			2> $(FUZZ_DIR)/$$target.log || { tail -40 $(FUZZ_DIR)/$$target.log; exit 1; }; \
		tail -8 $(FUZZ_DIR)/$$target.log; \
	done

# The wheel as it is shipped, the simulator and the bare loop optimised. An idle machine measures best.
BENCH_DIR := $(CURDIR)/target/bench
ROUNDS ?= 7
bench: wheel $(BENCH_DIR)/.ready
	$(CARGO) build --release --package amazon-simulator --locked --quiet
	@cp Cargo.lock tests/bench/floor/Cargo.lock
	CARGO_TARGET_DIR=$(BENCH_DIR)/floor $(CARGO) build --release --quiet \
		--manifest-path tests/bench/floor/Cargo.toml
	$(BENCH_DIR)/venv/bin/python -m pip install --quiet --disable-pip-version-check \
		--force-reinstall --no-deps $(DIST)/mass_alexa-$(VERSION)-*_$(ARCH).whl
	$(BENCH_DIR)/venv/bin/python tests/bench/bench.py --rounds $(ROUNDS) --docs docs

bench-gateway: wheel $(BENCH_DIR)/.ready
	$(CARGO) build --release --package amazon-simulator --locked --quiet
	$(BENCH_DIR)/venv/bin/python -m pip install --quiet --disable-pip-version-check \
		--force-reinstall --no-deps $(DIST)/mass_alexa-$(VERSION)-*_$(ARCH).whl
	$(BENCH_DIR)/venv/bin/python tests/bench/gateway.py --rounds $(ROUNDS)

$(BENCH_DIR)/.ready: tests/bench/requirements.txt
	@test -x $(BENCH_DIR)/venv/bin/python || "$$(sh tools/find-python)" -m venv $(BENCH_DIR)/venv
	$(BENCH_DIR)/venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

# What happens follows from SEED, which is printed; a seed that fails is worth a test of its own.
DAYS ?= 30
soak: export DAYS := $(DAYS)
soak: export SEED := $(SEED)
soak: export ENDURANCE = 10
soak: develop simulator
	$(CARGO) test --locked --quiet --package mass-alexa --test it -- --exact \
		soak::days_in_the_life_of_two_accounts --ignored --nocapture
	$(CARGO) test --locked --quiet --package mass-alexa --test it -- --exact \
		queue::three_hours_on_four_echos_are_shown_as_they_are_heard --ignored --nocapture
	$(BIN)/python -m pytest -s tests/python/test_endurance.py

# Playwright lives in an environment of its own and drives the browser of the system.
BROWSER_VENV := target/browser/venv
PICTURES ?= target/browser/pictures

browser: develop simulator $(BROWSER_VENV)/.ready
	PYTHONPATH=python:tests/browser $(BROWSER_VENV)/bin/python -m pytest tests/browser \
		--pictures $(PICTURES)

$(BROWSER_VENV)/.ready: tests/browser/requirements.txt
	@test -x $(BROWSER_VENV)/bin/python || "$$(sh tools/find-python)" -m venv $(BROWSER_VENV)
	$(BROWSER_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

develop: $(VENV)/.develop

simulator:
	$(CARGO) build --package amazon-simulator --locked --quiet

format: $(VENV)/.ready
	$(CARGO) fmt --all
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Wheels are built apart, without the paths of this machine, and on Linux with the linker of zig,
# which knows the C libraries of old systems and of other kinds of machines.
ARCH ?= $(shell uname -m)
DIST := target/wheels
PACKAGE_DIR := $(CURDIR)/target/package
PACKAGE_BIN := $(PACKAGE_DIR)/tools/bin
ifeq ($(shell uname -s),Linux)
PACKAGE_RUST := $(ARCH)-unknown-linux-gnu
WHEEL_FLAGS := --zig --target $(PACKAGE_RUST) --compatibility manylinux_2_17
else
PACKAGE_RUST := $(FUZZ_HOST)
endif
VERSION := $(shell sed -n '/^\[workspace.package\]/,/^$$/s/^version = "\(.*\)"/\1/p' Cargo.toml)
CARGO_HOME ?= $(HOME)/.cargo
wheel: export CARGO_TARGET_DIR = $(PACKAGE_DIR)/build
wheel: export RUSTFLAGS = --remap-path-prefix=$(CARGO_HOME)/registry/src=crates \
	--remap-path-prefix=$(CURDIR)=mass-alexa
wheel: $(VENV)/.ready $(PACKAGE_DIR)/tools/.ready
	@rm -f $(DIST)/mass_alexa-*_$(ARCH).whl
	PATH="$(PACKAGE_BIN):$$PATH" $(PACKAGE_BIN)/maturin build --release --locked --quiet $(WHEEL_FLAGS) \
		--out $(DIST)
	$(PACKAGE_BIN)/python tools/package/finish.py --target $(PACKAGE_RUST) \
		$(DIST)/mass_alexa-$(VERSION)-*_$(ARCH).whl
	@ls -l $(DIST)/mass_alexa-$(VERSION)-*_$(ARCH).whl

sdist: $(PACKAGE_DIR)/tools/.ready
	@rm -f $(DIST)/mass_alexa-*.tar.gz
	$(PACKAGE_BIN)/maturin sdist --out $(DIST)
	@ls -l $(DIST)/mass_alexa-$(VERSION).tar.gz

packages: wheel sdist simulator
	PYTHONPATH=tests/package/checks $(PACKAGE_BIN)/python tests/package/trial/trial.py --sdist $(DIST)/mass_alexa-$(VERSION).tar.gz \
		--wheel $(DIST)/mass_alexa-$(VERSION)-*_$(ARCH).whl

$(PACKAGE_DIR)/tools/.ready: pyproject.toml
	@test -x $(PACKAGE_BIN)/python || "$$(sh tools/find-python)" -m venv $(PACKAGE_DIR)/tools
	$(PACKAGE_BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(PACKAGE_BIN)/python -m pip install --quiet --disable-pip-version-check --group package
	@touch $@

# Building cargo-deny takes longer than its answer, so it is done once, and only where there is none.
DENY_VERSION := 0.20.2
deny:
	@command -v cargo-deny >/dev/null || test -x target/tools/bin/cargo-deny || \
		CARGO_TARGET_DIR=target/tools/build $(CARGO) install cargo-deny --version $(DENY_VERSION) \
		--locked --root target/tools
	PATH="$$PATH:$(CURDIR)/target/tools/bin" ADVISORIES="$(ADVISORIES)" sh tools/package/deny

$(VENV)/.ready: pyproject.toml
	@test -x $(BIN)/python || "$$(sh tools/find-python)" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev
	@touch $@

$(VENV)/.develop: $(VENV)/.ready $(RUST_SOURCES)
	$(BIN)/maturin develop --quiet
	@touch $@

clean:
	rm -rf target $(VENV)
