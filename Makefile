# Two commands do everything on a fresh machine: `make demo` and `make test`.
# Each installs what is missing first (deploy/setup.sh) and says clearly what it could not.

SHELL := /bin/bash
CARGO := $(shell command -v cargo || echo $(HOME)/.cargo/bin/cargo)
WARD  := target/fast/ward

.PHONY: help setup build demo test lint unit golden detection chaos bench soak wallsoak screenshots

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: ## install what is missing: Rust, Debian packages, npm assets and engine, Kafka
	@deploy/setup.sh

build: setup ## the ward command, in the profile that demo, tests and measures share
	$(CARGO) build --profile fast --locked --bin ward

demo: build ## a simulated region on embedded engines; prints the page to open
	$(WARD) demo --data data/demo

test: setup lint unit ## everything that CI runs

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --profile fast --locked --workspace --all-targets -- -D warnings

unit:
	$(CARGO) test --profile fast --locked --workspace

golden: build ## the public sets of ../shared/data, with every difference listed
	$(CARGO) test --profile fast --locked --workspace golden -- --nocapture

detection: build ## UEBA on four simulated regions of ten days, three with plants (WARD_SEED, WARD_EVENTS_PER_DAY)
	$(CARGO) test --profile fast --locked -p ward-analytics --test simulated -- --ignored --nocapture

chaos: build ## 100 rounds of kill -9, two minutes without Kafka, 10,000 simulated seeds
	WARD_ROUNDS=100 WARD_OUTAGE_SECS=120 $(CARGO) test --profile fast --locked -p ward --test chaos --test chaos_kafka --test sending -- --nocapture
	WARD_SEEDS=10000 $(CARGO) test --profile fast --locked -p ward-store --test log_sim --test store_writer_sim -- --nocapture

bench: build ## the benchmarks, as tables
	$(WARD) bench

soak: build ## ten minutes at 50,000 events a second: lag and memory against their gates
	$(WARD) bench soak

wallsoak: build ## a week of a wall, second by second, in Chromium: heap at start and end (about forty minutes)
	$(CARGO) build --profile fast --locked -p ward-web --example web_dev
	WARD_BROWSER=soak WARD_SOAK_SECONDS=604800 $(CARGO) test --profile fast --locked -p ward-web --test browser -- --nocapture

screenshots: build ## pictures of the running demo, into docs/
	deploy/screenshots.sh
