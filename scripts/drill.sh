#!/usr/bin/env bash
# A rehearsal: a team of three built-in agents works on an outage. Every step is a command that you would type;
# afterwards the agents' own logs say whether each message arrived exactly once.
# It needs no account and no network, touches nothing of yours, and leaves nothing behind.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

target=$(cargo metadata --format-version 1 --no-deps --offline | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
bin=$target/debug/tmux-orc
[ -x "$bin" ] || { echo "drill: $bin is missing: run \`make drill\`" >&2; exit 1; }

# Sockets need a short path, so this does not follow TMPDIR.
dir=$(mktemp -d /tmp/tmux-orc-drill.XXXXXX)
unset "${!TMUX_ORC_@}"
export TMUX_ORC_STATE_DIR=$dir/state TMUX_ORC_RUNTIME_DIR=$dir/run TMUX_ORC_CONFIG_DIR=$dir/config
# Each scripted agent writes down here what really reached it.
export TMUX_ORC_SCRIPTED_LOG=$dir/truth TMUX_ORC_SCRIPTED_HOME=$dir/sessions
mkdir "$dir/truth" "$dir/repo"
# A repository of its own, whatever git is told elsewhere.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
# shellcheck disable=SC2046
unset $(git rev-parse --local-env-vars)

tmux-orc() { "$bin" "$@"; }

cleanup() {
    local status=$?
    trap - EXIT
    if [ "$status" -ne 0 ]; then
        printf '\ndrill: FAILED. The supervisor said:\n' >&2
        tmux-orc daemon logs --lines 20 >&2 || true
    fi
    # Not even a failed rehearsal leaves anything running. Nobody minds when there is nothing to stop.
    if [ "$status" -ne 0 ]; then
        tmux-orc team stop auth-hotfix --yes >&2 || true
        tmux-orc daemon stop >&2 || true
    fi
    rm -rf "$dir"
    exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

step() { printf '\n── %s\n' "$*"; }
show() { # a command as one would type it
    local word shown=""
    for word in "$@"; do
        case $word in *[!A-Za-z0-9_:=./-]*) word="\"$word\"" ;; esac
        shown+=" $word"
    done
    printf '$%s\n' "$shown"
}
run() {
    show "$@"
    "$@"
}

echo "A rehearsal with the built-in scripted agent. Everything is in $dir and gone afterwards."

step "A repository with a fault, and the log of its outage"
cd "$dir/repo"
cat >auth_handler.py <<'PY'
def login(user, password):
    connection = pool.acquire()
    row = connection.fetch("SELECT hash FROM users WHERE name = $1", user)
    if row is None or not verify(row["hash"], password):
        raise Unauthorized(user)          # the connection is never released
    pool.release(connection)
    return issue_token(user)
PY
git init -q -b main
git add .
git -c user.name=drill -c user.email=drill@localhost commit -q -m "auth: password login"
for n in $(seq 1 250); do
    printf '14:%02d:%02d ERROR auth "POST /login" 500: pool exhausted (%d waiting); user=$(id -un) `x` !\n' \
        $((n / 60)) $((n % 60)) $((n / 3))
done >"$dir/error.log"
echo "$(git log --oneline | wc -l) commit; $(wc -l <"$dir/error.log") lines of error log"

step "Deploy a team: a developer, an operations engineer, a manager; each is sent its brief"
run tmux-orc quick-deploy backend 3 --project-name auth-hotfix --agent scripted --wait

step "Brief it"
briefing="CRITICAL: Auth service returning 500 errors.
Users cannot log in. Started 10 minutes ago.
Logs show 'connection pool exhausted' errors.
Priority: Fix immediately."
run tmux-orc team broadcast auth-hotfix "$briefing" --wait

step "Share the last 100 lines of the log with the developer"
lines=$(tail -n 100 "$dir/error.log")
echo "(the quotes, \$() and backticks in them must arrive as they are: $(head -n 1 "$dir/error.log"))"
printf '$ tmux-orc agent send auth-hotfix:0 "$(tail -n 100 error.log)" --wait\n'
tmux-orc agent send auth-hotfix:0 "$lines" --wait

step "The manager assigns the work; the others answer it"
task="Check auth service code for connection leaks"
watch="Monitor database connections and system resources"
found="Found issue: DB connections not being released in error cases"
load="DB connections at 98% capacity"
echo "(a scripted agent does what the DO: lines say; a real one decides by itself)"
run tmux-orc agent send auth-hotfix:pm "Split this up.
DO: send auth-hotfix:backend $task
DO: send auth-hotfix:devops $watch
DO: reply Critical issue identified. Investigation tasks are assigned." --wait
run tmux-orc agent send auth-hotfix:0 "Make the hotfix branch and report.
DO: run git checkout -q -b hotfix/auth-connection-leak
DO: send auth-hotfix:pm $found
DO: reply Reported to the manager." --wait
run tmux-orc agent send auth-hotfix:devops "Report what you see.
DO: send auth-hotfix:pm $load
DO: reply Reported to the manager." --wait

# Briefs 3, broadcast 3, error log 1, orders 3, messages between agents 4.
expected=14
acknowledged() { tmux-orc agent messages auth-hotfix | grep -c ': acknowledged (' || true; }
deadline=$((SECONDS + 30))
while [ "$(acknowledged)" -lt $expected ] && [ $SECONDS -lt $deadline ]; do sleep 0.1; done

step "How the team is"
run tmux-orc team status auth-hotfix

step "Why the manager is said to be in that state"
run tmux-orc agent explain auth-hotfix:pm

step "The last facts of the event log, and whether the log is intact"
printf '$ tmux-orc events --team auth-hotfix | tail -n 8\n'
tmux-orc events --team auth-hotfix | tail -n 8
run tmux-orc log verify

step "The record (the middle of long messages is left out here)"
printf '$ tmux-orc agent messages auth-hotfix --export > incident-log.txt\n'
tmux-orc agent messages auth-hotfix --export >"$dir/incident-log.txt"
awk '
    function flush() {
        for (i = 1; i <= n; i++) {
            if (n > 8 && i == 4) { printf "    […%d lines…]\n", n - 6; i = n - 2 }
            print held[i]
        }
        n = 0
    }
    /^ / || /^$/ { held[++n] = $0; next }
    { flush(); print }
    END { flush() }
' "$dir/incident-log.txt" | cut -c 1-160

step "End the team, and the supervisor that looked after it"
run tmux-orc team stop auth-hotfix --yes
run tmux-orc daemon stop

step "The proof: what the agents wrote down themselves, and what the record says"
bad=0
check() { # WHAT FOUND WANTED
    if [ "$2" = "$3" ]; then echo "ok   $1: $2"; else echo "BAD  $1: $2, not $3"; bad=$((bad + 1)); fi
}
prompts() { grep -h '"ev":"prompt"' "$dir/truth/"*"$1.jsonl"; }
# Prompts of an agent that hold exactly this text between the two lines that every message is wrapped in.
arrived() { # AGENT FROM TEXT
    local text=$3
    text=${text//\\/\\\\}
    text=${text//\"/\\\"}
    text=${text//$'\n'/\\n}
    prompts "$1" | grep -cF " from $2:\\n$text\\n(end of message m" || true
}
from_operator="operator (to the whole team; the manager coordinates)"
to_manager="operator (to the whole team; you coordinate: split it into tasks and assign them)"
check "briefing, arrived unchanged at backend" "$(arrived backend "$from_operator" "$briefing")" 1
check "briefing, arrived unchanged at devops" "$(arrived devops "$from_operator" "$briefing")" 1
check "briefing, arrived unchanged at pm" "$(arrived pm "$to_manager" "$briefing")" 1
check "100 lines of error log, arrived unchanged at backend" "$(arrived backend operator "$lines")" 1
check "task from pm, arrived unchanged at backend" "$(arrived backend auth-hotfix:pm "$task")" 1
check "task from pm, arrived unchanged at devops" "$(arrived devops auth-hotfix:pm "$watch")" 1
check "finding of backend, arrived unchanged at pm" "$(arrived pm auth-hotfix:backend "$found")" 1
check "figures of devops, arrived unchanged at pm" "$(arrived pm auth-hotfix:devops "$load")" 1
check "prompts that reached the three agents" "$(prompts "" | wc -l)" $expected
twice=0
for agent in backend devops pm; do
    twice=$((twice + $(prompts $agent | grep -o '"text":"Message m[0-9]*' | sort | uniq -d | wc -l)))
done
check "messages that reached an agent twice" $twice 0
check "deliveries that the record calls acknowledged" "$(grep -c ': acknowledged (' "$dir/incident-log.txt")" $expected
check "hotfix branch in git" "$(git branch --list 'hotfix/*' --format '%(refname:short)')" hotfix/auth-connection-leak
check "processes left behind" "$(ps -eo args | grep -F "$dir/" | grep -vcF grep)" 0
[ $bad = 0 ] || { echo "drill: $bad check(s) failed" >&2; exit 1; }
echo "drill: passed in ${SECONDS} s: $expected of $expected deliveries, each exactly once"
