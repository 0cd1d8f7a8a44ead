#!/usr/bin/env bash
# Checks with the real runners (scripts/install-runners.sh), each on a small repository of its own in a private world: what
# selects nothing, skips everything, breaks, hangs or flakes is never green, whatever the runner's exit status says.
# The last line is in the form of cargo's, with this script's own count.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

root=$PWD
runners=$root/target/runners
orc=$root/target/debug/tmux-orc
passed=0 failed=0

rustup=${RUSTUP_HOME:-$HOME/.rustup}
cargo=${CARGO_HOME:-$HOME/.cargo}
PATH=$runners/py/bin:$runners/cargo/bin:$PATH

begin() { # a private world with a repository and a team
    world=$(mktemp -d /tmp/orc-runners.XXXXXX)
    repo=$world/p
    mkdir -p "$world/home" "$world/r" "$world/c" "$world/ran" "$repo"
    cd "$repo" || exit 1
    export HOME=$world/home TMUX_ORC_STATE_DIR=$world/s TMUX_ORC_RUNTIME_DIR=$world/r TMUX_ORC_CONFIG_DIR=$world/c
    export XDG_RUNTIME_DIR=$world/r VIRTUAL_ENV=$runners/py GOCACHE=$world/go GOFLAGS=-mod=mod
    export RUSTUP_HOME=$rustup CARGO_HOME=$cargo CARGO_NET_OFFLINE=true
    export RAN=$world/ran
    unset TMUX
    git init --quiet --initial-branch=main
    git config user.email author@example.invalid
    git config user.name Author
    commit
    "$orc" quick-deploy backend 2 --project-name t --agent scripted --project-dir "$repo" --no-wait >/dev/null 2>&1 ||
        { echo "no team"; exit 1; }
}

end() {
    "$orc" team stop t --yes >/dev/null 2>&1
    "$orc" daemon stop >/dev/null 2>&1
    cd "$root" || exit 1
    rm -rf "$world"
}

commit() {
    git add --all
    git commit --quiet --allow-empty --message=more
}

expect() { # WHAT VERDICT WORDS...: a check that comes to this verdict and its exit status
    local what=$1 wanted=$2 said status verdict expected=7
    shift 2
    said=$("$orc" pm quality-check t "$@" --json 2>/dev/null)
    status=$?
    verdict=$(sed -n 's/.*"verdict":"\([a-z_]*\)","why":"[^"]*","widened".*/\1/p' <<<"$said")
    case $wanted in pass | pass_flaky) expected=0 ;; esac
    if [ "$verdict" = "$wanted" ] && [ "$status" = "$expected" ]; then
        passed=$((passed + 1))
        echo "test runners::$what ... ok"
    else
        failed=$((failed + 1))
        echo "test runners::$what ... FAILED"
        echo "wanted $wanted, is $verdict (status $status): $said"
    fi
}

ran() { # WHAT NAMES: the tests of these names have run since this was asked last, by what they leave in $RAN
    local said
    said=$(cd "$RAN" && echo *)
    rm -f "$RAN"/*
    if [ "$said" = "$2" ]; then
        passed=$((passed + 1))
        echo "test runners::$1 ... ok"
    else
        failed=$((failed + 1))
        echo "test runners::$1 ... FAILED"
        echo "wanted $2, has run: $said"
    fi
}

python() {
    mkdir -p tests app
    printf '[tool.pytest.ini_options]\nmarkers=["smoke","critical"]\n' >pyproject.toml
    touch app/__init__.py
    echo 'def login(): return 1' >app/auth.py
    echo '<b>' >app/page.html
    printf 'from app.auth import login\ndef test_login():\n    assert login() == 1\n' >tests/test_auth.py
    printf '__pycache__\n.testmondata*\n.pytest_cache\n' >.gitignore
    commit
    expect pytest_full pass
    expect pytest_everything_deselected nothing_selected --critical-only
    git checkout --quiet -b hotfix
    echo 'def login(): return 2 - 1' >app/auth.py
    commit
    expect pytest_impacted pass --fast
    echo '<i>' >app/page.html
    commit
    expect pytest_template_changed_runs_all pass --fast --since HEAD~1
    "$runners/py/bin/python" -m pytest -q --testmon >/dev/null 2>&1
    [ -f .testmondata ] || { failed=$((failed + 1)); echo "testmon recorded nothing"; }
    echo '<u>' >app/page.html
    commit
    expect testmon_template_changed_runs_all pass --fast --since HEAD~1
    expect testmon_nothing_changed nothing_selected --fast --since HEAD
    echo 'def login(): return 3' >app/auth.py
    commit
    expect testmon_broken_code fail --fast --since HEAD~1
    printf 'def x(:\n' >tests/test_bad.py
    commit
    expect pytest_collection_error error
    git rm --quiet tests/test_bad.py
    printf 'import pytest\n@pytest.mark.skip\ndef test_s(): pass\n' >tests/test_auth.py
    commit
    expect pytest_all_skipped nothing_selected
    printf 'import pytest\nn=[]\n@pytest.mark.flaky(reruns=2)\ndef test_f():\n    n.append(1); assert len(n) > 1\n' >tests/test_auth.py
    commit
    expect pytest_flaky pass_flaky
    mkdir -p .tmux-orc
    printf 'import time\ndef test_h(): time.sleep(100)\n' >tests/test_auth.py
    printf '[tiers]\nfull={budget="4s"}\n' >.tmux-orc/checks.toml
    commit
    expect pytest_hangs inconclusive
    echo 'def test_a(): pass' >tests/test_auth.py
    printf '[[suite]]\nname="p"\nrunner="pytest"\ncritical=["-m","typo","--strict-markers"]\n' >.tmux-orc/checks.toml
    commit
    expect pytest_misspelt_mark error --critical-only
}

golang() {
    mkdir auth web
    printf 'module m\ngo 1.19\n' >go.mod
    printf 'package auth\nfunc One() int { return 1 }\n' >auth/a.go
    printf 'package auth\nimport "testing"\nfunc TestOne(t *testing.T) { if One() != 1 { t.Fatal() } }\nfunc TestCriticalShort(t *testing.T) { t.Skip() }\n' >auth/a_test.go
    printf 'package web\nimport "m/auth"\nfunc W() int { return auth.One() }\n' >web/w.go
    printf 'package web\nimport "testing"\nfunc TestW(t *testing.T) { W() }\n' >web/w_test.go
    commit
    expect go_full pass
    expect go_all_skipped nothing_selected --critical-only
    printf '[[suite]]\nname="g"\nrunner="go"\ncritical=["-run","NoSuch"]\n' >"$world/checks.toml"
    mkdir .tmux-orc
    cp "$world/checks.toml" .tmux-orc/
    commit
    expect go_no_such_test nothing_selected --critical-only
    git rm --quiet .tmux-orc/checks.toml
    commit
    git checkout --quiet -b hotfix
    printf 'package auth\nfunc One() int { return 2 - 1 }\n' >auth/a.go
    commit
    expect go_impacted pass --fast
    printf 'package auth\nfunc One() int { return 5 }\n' >auth/a.go
    commit
    expect go_fails fail --fast
    printf 'package auth\nfunc One( int\n' >auth/a.go
    commit
    expect go_does_not_build error --fast
}

javascript() { # jest or vitest
    local kind=module
    ln -s "$runners/$1/node_modules" node_modules
    echo node_modules >.gitignore
    if [ "$1" = jest ]; then
        kind=commonjs
        echo 'module.exports = () => 1' >a.js
        echo "const a = require('./a'); test('one', () => { expect(a()).toBe(1) })" >a.test.js
    else
        echo 'export default () => 1' >a.js
        echo "import { test, expect } from 'vitest'; import a from './a'; test('one', () => { expect(a()).toBe(1) })" >a.test.js
    fi
    echo '// nobody needs it' >lonely.js
    printf '{"name":"x","private":true,"type":"%s","devDependencies":{"%s":"*"}}' $kind "$1" >package.json
    commit
    expect "$1_full" pass
    expect "$1_nothing_marked" nothing_selected --critical-only
    git checkout --quiet -b hotfix
    echo '// more' >>a.js
    commit
    expect "$1_related" pass --fast
    echo '// more' >>lonely.js
    commit
    expect "$1_nothing_related_runs_all" pass --fast --since HEAD~1
    mkdir .tmux-orc
    printf '[[suite]]\nname="js"\nrunner="%s"\ncritical=["-t","nosuch"]\n' "$1" >.tmux-orc/checks.toml
    commit
    expect "$1_no_such_name" nothing_selected --critical-only
    git rm --quiet .tmux-orc/checks.toml
    sed -i 's/toBe(1)/toBe(2)/' a.test.js
    commit
    expect "$1_fails" fail --fast
}

nextest() {
    mkdir src
    echo target >.gitignore
    printf '[package]\nname="a"\nversion="0.1.0"\nedition="2021"\n' >Cargo.toml
    printf '/// ```\n/// assert_eq!(a::one(), 1);\n/// ```\npub fn one() -> u32 { 1 }\n#[cfg(test)] mod tests { #[test] fn x() {} #[test] fn smoke_y() {} #[test] #[ignore] fn critical_z() {} }\n' >src/lib.rs
    commit
    expect nextest_full pass
    expect nextest_ignored_alone nothing_selected --critical-only
    git checkout --quiet -b hotfix
    echo '// more' >>src/lib.rs
    commit
    expect nextest_impacted pass --fast
    mkdir .config
    printf '[profile.default]\nretries = 2\n' >.config/nextest.toml
    printf '#[test] fn f() { let p = std::path::Path::new("%s/once"); if !p.exists() { std::fs::write(p, "").unwrap(); panic!() } }\n' "$world" >src/lib.rs
    commit
    expect nextest_flaky_where_the_change_is fail --fast
    rm -f "$world/once"
    expect nextest_flaky pass_flaky
    mkdir .tmux-orc
    printf '[[suite]]\nname="n"\nrunner="nextest"\ncritical=["-E","package(nosuch)"]\n' >.tmux-orc/checks.toml
    commit
    expect nextest_wrong_filter error --critical-only
}

mixed() { # Python, JavaScript and Go, a module of Go below another, and a Makefile at the root
    mkdir -p services/auth web tools/inner
    printf 'test:\n\t@touch "$(RAN)/root"; echo 1 passed in 0.1s\n' >Makefile
    printf 'node_modules\n__pycache__\n.pytest_cache\n' >.gitignore
    printf '[tool.pytest.ini_options]\n' >services/auth/pyproject.toml
    echo 'def login(): return 1' >services/auth/login.py
    printf 'import os, pathlib\nfrom login import login\ndef test_login():\n    pathlib.Path(os.environ["RAN"], "auth").touch()\n    assert login() == 1\n' >services/auth/test_login.py
    ln -s "$runners/jest/node_modules" web/node_modules
    printf '{"name":"web","private":true,"scripts":{"test":"jest"},"devDependencies":{"jest":"*"}}' >web/package.json
    echo 'module.exports = () => 1' >web/a.js
    echo "const a = require('./a'); test('one', () => { require('fs').writeFileSync(process.env.RAN + '/web', ''); expect(a()).toBe(1) })" >web/a.test.js
    for module in tools tools/inner; do
        name=${module##*/}
        printf 'module %s\ngo 1.19\n' "$name" >$module/go.mod
        printf 'package %s\nfunc One() int { return 1 }\n' "$name" >$module/one.go
        printf 'package %s\nimport ("os"; "testing")\nfunc TestOne(t *testing.T) { os.WriteFile(os.Getenv("RAN")+"/%s", nil, 0o644); if One() != 1 { t.Fatal() } }\n' "$name" "$name" >$module/one_test.go
    done
    commit
    git checkout --quiet -b hotfix
    expect mixed_full pass
    ran mixed_full_runs_everything "auth inner root tools web"
    echo 'def login(): return 2 - 1' >services/auth/login.py
    commit
    expect mixed_python pass --fast --since HEAD~1
    ran mixed_python_alone auth
    echo '// more' >>web/a.js
    commit
    expect mixed_javascript pass --fast --since HEAD~1
    ran mixed_javascript_alone web
    echo '// more' >>tools/inner/one.go
    commit
    expect mixed_inner_module pass --fast --since HEAD~1
    ran mixed_inner_module_alone inner
    echo '// more' >>tools/one.go
    echo '<b>' >services/auth/page.html
    commit
    expect mixed_two_parts pass --fast --since HEAD~1
    ran mixed_two_parts_alone "auth tools"
    echo 'replicas: 2' >deploy.yaml
    commit
    expect mixed_no_runner_knows_it pass --fast --since HEAD~1
    ran mixed_the_test_of_make_runs root
    git rm --quiet Makefile
    commit
    echo 'replicas: 3' >deploy.yaml
    commit
    expect mixed_outside_of_everything pass --fast --since HEAD~1
    ran mixed_everything_stands_in "auth inner tools web"
    git rm --quiet web/a.test.js
    echo '// more' >>web/a.js
    echo '// more' >>tools/one.go
    commit
    expect mixed_a_part_without_a_test nothing_selected --fast --since HEAD~1
}

just_() {
    printf 'critical:\n\t@echo 1 passed in 0.1s\ntest:\n\t@false || true\n' >justfile
    commit
    expect just_recipe pass --critical-only
    expect just_swallowed_status inconclusive
}

for lab in python golang "javascript jest" "javascript vitest" nextest just_ mixed; do
    begin
    $lab
    end
done

[ $failed = 0 ] && word=ok || word=FAILED
echo "test result: $word. $passed passed; $failed failed; 0 ignored; 0 measured; 0 filtered out"
[ $failed = 0 ]
