#!/usr/bin/env bash
# Renders the real dashboard with a scripted team in the middle of an outage to docs/images/dashboard.svg.
# Usage: scripts/screenshot.sh [COLUMNSxROWS [FILE [KEYS…]]]; KEYS are pressed first, by tmux's names (Down).
# Needs python3. Everything else is in a folder of its own and gone afterwards.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

size=${1:-120x36}
out=${2:-docs/images/dashboard.svg}
shift $(($# > 2 ? 2 : $#))
[ $# -gt 0 ] || set -- Down
target=$(cargo metadata --format-version 1 --no-deps --offline | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
bin=$target/debug/tmux-orc
[ -x "$bin" ] || { echo "screenshot: $bin is missing: cargo build -p tmux-orc" >&2; exit 1; }

dir=$(mktemp -d /tmp/tmux-orc-scene.XXXXXX)
unset "${!TMUX_ORC_@}" TMUX TMUX_PANE
export TMUX_ORC_STATE_DIR=$dir/state TMUX_ORC_RUNTIME_DIR=$dir/run TMUX_ORC_CONFIG_DIR=$dir/config
export TMUX_ORC_SCRIPTED_HOME=$dir/sessions TMUX_ORC_SCRIPT=$PWD/scripts/scene.toml
export LANG=C.UTF-8
mkdir "$dir/repo"

tmux-orc() { "$bin" "$@"; }
screen() { command tmux -u -S "$dir/screen.sock" -f /dev/null "$@"; }
cleanup() {
    screen kill-server 2>/dev/null || true
    tmux-orc team stop auth-hotfix --yes >/dev/null 2>&1 || true
    tmux-orc daemon stop >/dev/null 2>&1 || true
    rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

quiet() { tmux-orc "$@" >/dev/null 2>&1; }
say() { quiet agent send "$1" "$2" --wait=30s; }

git -C "$dir/repo" -c init.defaultBranch=main init -q
quiet quick-deploy backend 4 --project-name auth-hotfix --project-dir "$dir/repo" --agent scripted --wait=60s
quiet recovery start --session auth-hotfix
quiet incident declare auth-hotfix "Auth service returning 500s: users cannot log in" --severity sev1 \
    --started "14m ago" --detected "12m ago"
quiet team broadcast auth-hotfix "CRITICAL: Auth service returning 500 errors. Users cannot log in. Logs show 'connection pool exhausted'. Fix immediately." --wait=30s
say auth-hotfix:pm "Split the work, and tell me who does what."
for words in "Found it" "98 of 100" "I keep support"; do
    until tmux-orc agent messages auth-hotfix | grep -q "$words"; do sleep 0.1; done
done
quiet incident evidence auth-hotfix "2,140 × 'connection pool exhausted' within 10 minutes" --source error.log
quiet incident hypothesis auth-hotfix "a slow query holds the connections"
quiet incident hypothesis auth-hotfix "the error path of login keeps its connection"
quiet incident hypothesis auth-hotfix "no query runs longer than 40 ms" --of H1 --verdict ruled-out
quiet incident hypothesis auth-hotfix "each failed login takes one connection" --of H2 --verdict supported --evidence E1
say auth-hotfix:backend "Agreed: fix it on hotfix/auth-connection-leak, with a test for the failed login."
say auth-hotfix:devops "Be ready to end idle connections if the pool runs full, but ask before you kill any."
quiet wait auth-hotfix:devops --until blocked --timeout 30s

screen new-session -d -x "${size%x*}" -y "${size#*x}" -s shot "$bin monitor dashboard --session auth-hotfix"
screen set-option -g status off
screen resize-window -t shot -x "${size%x*}" -y "${size#*x}"
shown() { screen capture-pane -p -t shot | grep -q "$1"; }
until shown "WAITS FOR YOU\|▶ YOU"; do sleep 0.1; done
for key in "$@"; do
    screen send-keys -t shot "$key"
    sleep 0.3
done
sleep 1
screen capture-pane -e -p -t shot >"$dir/frame"
python3 scripts/frame2svg.py "${size%x*}" "$dir/frame" >"$dir/image.svg"
mv "$dir/image.svg" "$out"
