#!/usr/bin/env bash
# Installs the runners of tests that `make test-runners` drives, pinned, into target/runners. What is there in the pinned
# version is left alone. Go comes from the system's packages.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

PYTHON=(pytest==9.2.0 pytest-testmon==2.2.0 pytest-rerunfailures==16.7 rust-just==1.59.0)
JEST=jest@30.5.2
VITEST=vitest@4.1.12
NEXTEST=0.9.143

folder=target/runners
mkdir -p "$folder"

packages=()
command -v go >/dev/null || packages+=(golang-go)
command -v npm >/dev/null || packages+=(nodejs npm)
python3 -c 'import ensurepip' 2>/dev/null || packages+=(python3 python3-venv)
if [ ${#packages[@]} -gt 0 ]; then
    as_root=()
    if [ "$(id -u)" != 0 ]; then as_root=(sudo); fi
    "${as_root[@]}" apt-get update -q >&2
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${packages[@]}" >&2
fi

there() { # NAME PIN
    [ "$(cat "$folder/$1.pin" 2>/dev/null)" = "$2" ]
}

if ! there py "${PYTHON[*]}"; then
    rm -rf "$folder/py"
    python3 -m venv "$folder/py"
    "$folder/py/bin/pip" install --quiet --disable-pip-version-check "${PYTHON[@]}"
    echo "${PYTHON[*]}" >"$folder/py.pin"
fi
for pin in "$JEST" "$VITEST"; do
    name=${pin%%@*}
    there "$name" "$pin" && continue
    rm -rf "${folder:?}/$name"
    mkdir -p "$folder/$name"
    echo '{"private": true}' >"$folder/$name/package.json"
    npm install --prefix "$folder/$name" --no-audit --no-fund --save-exact --loglevel=error "$pin" >&2
    echo "$pin" >"$folder/$name.pin"
done
if ! command -v cargo-nextest >/dev/null && ! there nextest "$NEXTEST"; then
    cargo install --locked --quiet --root "$folder/cargo" "cargo-nextest@$NEXTEST"
    echo "$NEXTEST" >"$folder/nextest.pin"
fi
