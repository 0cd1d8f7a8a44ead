#!/usr/bin/env bash
# Checks the edges between the crates: who may depend on what. The table in docs/architecture.md says why.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bad=0
wrong() {
    echo "check-edges: $*" >&2
    bad=1
}

never() { # CRATE DEPENDENCY...: nothing of these, not even through another crate
    local crate=$1 dependency tree
    shift
    tree=$(cargo tree --locked --edges normal --prefix none --package "$crate" | cut -d ' ' -f 1 | sort -u)
    for dependency in "$@"; do
        if grep -qx "$dependency" <<<"$tree"; then wrong "$crate must not depend on $dependency"; fi
    done
}

only() { # DEPENDENCY CRATE...: of our crates, only these use it
    local dependency=$1 user users
    shift
    users=$(cargo tree --locked --workspace --edges normal --prefix none --depth 1 --invert "$dependency" |
        cut -d ' ' -f 1 | grep -E '^(orc-|tmux-orc$)' | grep -vx "$dependency" | sort -u || [ $? = 1 ])
    for user in $users; do
        case " $* " in
        *" $user "*) ;;
        *) wrong "$user must not depend on $dependency (only: ${*:-nobody})" ;;
        esac
    done
}

never orc-core tokio rusqlite rustix hyper axum clap tracing orc-api orc-store orc-tmux orc-shim
never orc-shim tokio rusqlite orc-core orc-tmux
never orc-store tokio orc-core
never orc-scripted tokio rusqlite orc-core
never orc-forge rusqlite axum hyper clap orc-api orc-store orc-tmux orc-shim orc-daemon
never orc-tmux rusqlite orc-core orc-store
never orc-check tokio rusqlite rustix clap orc-api orc-store orc-tmux orc-shim orc-daemon
never orc-api rusqlite clap orc-store orc-tmux orc-daemon
never orc-mcp rusqlite clap orc-store orc-tmux orc-shim orc-daemon
never orc-report tokio rusqlite rustix hyper axum clap tracing orc-api orc-store orc-tmux orc-shim
never orc-daemon clap
only rusqlite orc-store
only vt100 orc-shim
only pty-process orc-shim
only axum orc-daemon
only minijinja orc-report
only pulldown-cmark orc-report
only clap tmux-orc
only ratatui tmux-orc
only crossterm tmux-orc
only orc-check orc-daemon
only quick-xml orc-check
only orc-store orc-daemon
only orc-forge orc-daemon
only orc-report orc-daemon
only orc-tmux orc-daemon tmux-orc
only orc-daemon tmux-orc
only orc-scripted tmux-orc
only orc-mcp tmux-orc
only rmcp orc-mcp
only orc-testkit

[ $bad = 0 ]
