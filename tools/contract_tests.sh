#!/usr/bin/env bash
# tools/contract_tests.sh OPTION...: runs `forge test` with the options, and fails where that finds no test, which forge
# takes for success.
set -euo pipefail

output="$(mktemp)"
trap 'rm -f "$output"' EXIT
forge test "$@" | tee "$output"
if ! grep -Eq '^Ran [0-9]+ test suites? in .*: [1-9][0-9]* tests passed' "$output"; then
  echo 'No contract test was run: look for the tests where foundry.toml says they are.' >&2
  exit 1
fi
