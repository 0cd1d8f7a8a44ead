#!/usr/bin/env bash
# Checks what a reader of the documents relies on: links lead somewhere, the tests that are named as proof exist, and
# no path of one machine is in the tree.
# (That docs/cli.md is what the program says of itself is a test: `cargo test -p tmux-orc --bins reference`.)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bad=0
while IFS= read -r page; do
    while IFS= read -r link; do
        file=${link%%#*}
        case $link in http://* | https://* | mailto:* | '#'*) continue ;; esac
        if [ ! -e "$(dirname "$page")/$file" ]; then
            echo "check-docs: $page links to $link, which is not there" >&2
            bad=1
        fi
    done < <(grep -o '](\([^) ]*\))' "$page" | sed 's/^](//; s/)$//')
done < <(git ls-files '*.md')

# In the table of invariants: `the_name_of_a_test`.
while IFS= read -r test; do
    if ! git grep -qE "fn $test\(" -- crates; then
        echo "check-docs: docs/architecture.md names the test $test, which does not exist" >&2
        bad=1
    fi
done < <(sed -n '/^## Invariants/,$p' docs/architecture.md | grep '^|' | grep -o '`[a-z0-9_]*_[a-z0-9_]*`' | tr -d '`')

if git grep -nIE '/(work|root)/|/home/[a-z]+/' -- ':!Cargo.lock' ':!scripts/check-docs.sh' ':!*/screens/*' ':!crates/orc-core/tests/profiles.rs' >&2; then
    echo "check-docs: these lines name a path of one machine" >&2
    bad=1
fi
[ $bad = 0 ]
