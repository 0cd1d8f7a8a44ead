# The two commands that matter are `make drill` and `make test`. Each installs what is missing, or says how.

.PHONY: help drill test test-agents test-page test-runners test-forge chaos bench install lint setup
.DEFAULT_GOAL := help

# What people run is one static program: each agent needs a handful of processes of it, and they start in half the
# time without a dynamic linker (docs/design/0006-one-static-program.md). --target keeps the flag from build scripts.
STATIC = RUSTFLAGS="$(RUSTFLAGS) -C target-feature=+crt-static -C relocation-model=static"
HOST = $(shell rustc -vV | sed -n 's/^host: //p')

help: ## say what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1: /p' $(MAKEFILE_LIST)

drill: setup ## rehearse an incident: no account, no network, nothing left behind but its report
	@cargo run --quiet --locked -p tmux-orc -- drill hotfix

test: setup lint ## everything that needs no agent CLI
	cargo test --workspace --locked --no-fail-fast

test-agents: ## the real agent CLIs (pinned, from npm) against a model on loopback
	@scripts/setup.sh agents
	scripts/install-agents.sh
	cargo build --locked -p tmux-orc
	cargo test --locked --no-fail-fast -p orc-testkit -p tmux-orc --test agents -- --ignored

test-page: ## the page of a report in a real Chromium
	@scripts/setup.sh page
	cargo test --locked --no-fail-fast -p orc-report --test page -- --ignored --test-threads 1

test-runners: setup ## the empty selections of pytest, testmon, go, jest, vitest, nextest and just, with the real tools
	scripts/install-runners.sh
	cargo build --locked -p tmux-orc
	scripts/test-runners.sh

test-forge: ## pull requests by the real gh, against a forge on loopback
	@scripts/setup.sh forge
	cargo test --locked --no-fail-fast -p tmux-orc --test e2e forge:: -- --ignored

chaos: setup ## every fault 20 times, with a table of the times
	TMUX_ORC_CHAOS_ROUNDS=20 cargo test --locked -p tmux-orc --test chaos

bench: setup ## measure on this machine
	$(STATIC) cargo run --release --locked --target $(HOST) -p tmux-orc -- bench

install: setup ## install tmux-orc into cargo's bin folder
	$(STATIC) cargo install --locked --target $(HOST) --path crates/tmux-orc

lint: setup ## format, lints, the edges between the crates, the documents
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	scripts/check-edges.sh
	scripts/check-docs.sh

setup:
	@scripts/setup.sh
