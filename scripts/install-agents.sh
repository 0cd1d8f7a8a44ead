#!/usr/bin/env bash
# Installs the agent command line tools that the end-to-end tests drive, pinned, each in a folder of its own:
#     scripts/install-agents.sh [NAME...]      (default: those that `make test-agents` drives)
# The folder is TMUX_ORC_AGENT_CACHE, else target/agents. What is there in the pinned version is left alone.
set -euo pipefail

declare -A PINS=(
[claude]=@anthropic-ai/claude-code@2.1.330
[codex]=@openai/codex@0.169.0
[opencode]=opencode-ai@1.18.33
[gemini]=@google/gemini-cli@0.61.0
[qwen]=@qwen-code/qwen-code@0.24.4
)

# No program: a library that a test uses. The client of the official SDK calls an agent's tools.
declare -A LIBRARIES=(
[mcp-client]=@modelcontextprotocol/sdk@1.32.2
)

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${TMUX_ORC_AGENT_CACHE:-$root/target/agents}
names=("$@")
[ ${#names[@]} -gt 0 ] || names=(claude codex opencode mcp-client)

fail() {
    echo "install-agents: $*" >&2
    exit 1
}

command -v npm >/dev/null || fail "npm is not installed"

for name in "${names[@]}"; do
    pin=${PINS[$name]:-${LIBRARIES[$name]:-}}
    [ -n "$pin" ] || fail "no agent is called '$name' (there are: ${!PINS[*]} ${!LIBRARIES[*]})"
    folder=$cache/$name
    stamp=$folder/.installed
    program=$folder/node_modules/.bin/$name
    [ -z "${LIBRARIES[$name]:-}" ] || program=$folder/node_modules/${pin%@*}/package.json
    if [ -e "$program" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$pin" ]; then
        echo "install-agents: $pin is there" >&2
        continue
    fi
    echo "install-agents: installing $pin into $folder" >&2
    mkdir -p "$folder"
    rm -f "$stamp"
    echo '{"private": true}' >"$folder/package.json"
    npm install --prefix "$folder" --no-audit --no-fund --save-exact --loglevel=error "$pin" >&2 ||
        fail "npm could not install $pin"
    [ -e "$program" ] || fail "$pin has no ${program#"$folder"/}"
    if [ -n "${LIBRARIES[$name]:-}" ]; then
        version=$(grep '"version"' "$program")
    else
        version=$("$program" --version) || fail "$name --version failed: its native part is missing"
    fi
    case $version in
    *"${pin##*@}"*) ;;
    *) fail "$name says it is '$version', not ${pin##*@}" ;;
    esac
    echo "$pin" >"$stamp"
done
