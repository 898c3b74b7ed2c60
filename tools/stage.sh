#!/usr/bin/env bash
# tools/stage.sh NAME COMMAND...: runs the command, says how many seconds it took, passes its failure on.
set -uo pipefail

name="$1"
shift
printf '\n==> %s\n' "$name"
SECONDS=0
"$@"
status=$?
if [ "$status" = 0 ]; then
  printf '==> %s: ok, %s s\n' "$name" "$SECONDS"
else
  printf '==> %s: FAILED (exit %s) after %s s\n' "$name" "$status" "$SECONDS" >&2
fi
exit "$status"
