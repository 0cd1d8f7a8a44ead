#!/usr/bin/env bash
# Installs what building and running need, or says how:
#     scripts/setup.sh            tmux, git, a C compiler, python3; checks Rust
#     scripts/setup.sh forge      also gh, which pull requests at GitHub need
#     scripts/setup.sh agents     also node and npm, which the real agent CLIs need
#     scripts/setup.sh page       also Chromium, in which the page of a report is looked at, and a font for it
# Nothing is touched that is there already.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
    printf 'setup: %s\n' "$@" >&2
    exit 1
}

packages=()
need() { # PROGRAM PACKAGE
    command -v "$1" >/dev/null || packages+=("$2")
}
need tmux tmux
need git git
need cc build-essential
# The service of the drill is written in it.
need python3 python3
if [ "${1:-}" = forge ]; then
    need gh gh
fi
if [ "${1:-}" = agents ]; then
    need node nodejs
    need npm npm
fi

if [ "${1:-}" = page ]; then
    need chromium chromium
    [ -n "$(find /usr/share/fonts -name 'DejaVuSans.ttf' 2>/dev/null)" ] || packages+=(fonts-dejavu-core)
fi

if [ ${#packages[@]} -gt 0 ]; then
    command -v apt-get >/dev/null ||
        fail "missing: ${packages[*]}" "There is no apt-get here: install them with your system's package manager."
    as_root=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null ||
            fail "missing: ${packages[*]}" "Run this as root: apt-get install ${packages[*]}"
        as_root=(sudo)
    fi
    echo "setup: installing ${packages[*]}" >&2
    "${as_root[@]}" apt-get update -q >&2
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${packages[@]}" >&2
fi

wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
how="Install Rust from https://rustup.rs, or bring it up to date with: rustup update stable"
if ! command -v cargo >/dev/null; then
    if [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ]; then
        fail "cargo is installed, but this shell does not find it: . \"${CARGO_HOME:-$HOME/.cargo}/env\""
    fi
    fail "cargo is missing; Rust $wanted or newer is needed." "$how"
fi
found=$(rustc --version | cut -d ' ' -f 2)
oldest=$(printf '%s\n%s\n' "$wanted" "$found" | sort -V | head -n 1)
[ "$oldest" = "$wanted" ] || fail "Rust is $found; $wanted or newer is needed." "$how"
