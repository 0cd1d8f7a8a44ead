# The two commands that matter are `make drill` and `make test`. Each installs what is missing, or says how.

.PHONY: help drill test test-agents bench lint setup
.DEFAULT_GOAL := help

help: ## say what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1: /p' $(MAKEFILE_LIST)

drill: setup ## see a team at work: no account, no network, nothing left behind
	cargo build --locked -p tmux-orc
	@scripts/drill.sh

test: setup lint ## everything that needs no agent CLI
	cargo test --workspace --locked --no-fail-fast

test-agents: ## the real agent CLIs (pinned, from npm) against a model on loopback
	@scripts/setup.sh agents
	scripts/install-agents.sh
	cargo build --locked -p tmux-orc
	cargo test --locked --no-fail-fast -p orc-testkit -p tmux-orc --test agents -- --ignored

bench: setup ## measure on this machine
	cargo run --release --locked -p tmux-orc -- bench

lint: setup ## format, lints, the edges between the crates, the documents
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	scripts/check-edges.sh
	scripts/check-docs.sh

setup:
	@scripts/setup.sh
