#!/usr/bin/env bash
# Resolves pyproject.toml into requirements/dev.lock; with --check only says whether the two still fit.
set -euo pipefail
cd "$(dirname "$0")/.."

lock=requirements/dev.lock
target="$lock"
if [ "${1:-}" = --check ]; then
  target="$(mktemp)"
  trap 'rm -f "$target"' EXIT
  # The present pins are the starting point, so newer releases alone change nothing.
  cp "$lock" "$target"
fi

uv pip compile --quiet --generate-hashes --no-emit-index-url --no-annotate --no-header \
  --prerelease=if-necessary-or-explicit --universal --python-version 3.11 \
  pyproject.toml --group dev --output-file "$target"

if [ "$target" != "$lock" ] && ! diff "$lock" "$target" >/dev/null; then
  echo "requirements/dev.lock does not fit pyproject.toml: run make lock and commit it." >&2
  exit 1
fi
