#!/bin/sh
# Installed as build/solc: the JavaScript build of the compiler under the native one's command line.
root="$(cd "$(dirname "$0")/.." && pwd)"
exec "$root/.venv/bin/node" "$root/tools/solc.cjs" "$@"
