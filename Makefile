# Jingwei 经纬. `make` lists what there is to make. Needs Rust 1.95, Node 20 and, on a fresh machine, apt.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test bench lint fmt build web clean
ARGS ?=
target := $(or $(CARGO_TARGET_DIR),target)

help: ## list these targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "make %-8s %s\n", $$1, $$2 }'
	@echo 'ARGS="…" is handed on by demo, test and bench, as in: make test ARGS="rust --verbose"'

demo: build ## build if needed, then start a server with a demonstration county
	@exec $(target)/release/jingwei demo $(ARGS)

test: ## install what is missing, run all suites, end with "N passed, M failed"
	@scripts/test $(ARGS)

bench: web ## measure the release build on SQLite and on a private, durable PostgreSQL
	@scripts/need compiler postgres
	@cargo build --release -p jingwei -p jingwei-bench
	@scripts/postgres.sh run -- $(target)/release/jingwei-bench $(ARGS)

lint: web ## formatting, clippy, dependencies, types of the web
	@cargo fmt --all --check
	@cargo clippy --workspace --all-targets -- -D warnings
	@scripts/dependencies
	@cd web && npm run --silent lint

fmt: ## format the Rust sources
	@cargo fmt --all

build: web ## the pages and the release binary
	@scripts/need compiler
	@cargo build --release -p jingwei

web: ## the pages, if a source of theirs has changed
	@scripts/need
	@scripts/web-build

clean: ## remove everything built; the demonstration's data stay
	@cargo clean
	@rm -rf target web/dist web/node_modules tests/browser/node_modules
