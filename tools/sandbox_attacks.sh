#!/usr/bin/env bash
# Builds the doctor's attack program for each platform into sandbox-attacks/dist, packed, with the hashes of what is
# inside. The same Go release makes the same bytes anywhere. With --check it builds elsewhere and compares.
set -euo pipefail
cd "$(dirname "$0")/../sandbox-attacks"
export PATH="$PWD/../.venv/bin:$PATH"

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
for architecture in amd64 arm64; do
  CGO_ENABLED=0 GOOS=linux GOARCH="$architecture" GOAMD64=v1 GOARM64=v8.0 GOFLAGS= GOTOOLCHAIN=local GOWORK=off GOEXPERIMENT= \
    go build -trimpath -buildvcs=false -ldflags='-s -w -buildid=' -o "$folder/attack-linux-$architecture" .
done
(cd "$folder" && sha256sum attack-linux-* >SHA256SUMS)

if [ "${1:-}" = --check ]; then
  for packed in dist/*.gz; do
    gunzip --stdout "$packed" | cmp --quiet - "$folder/$(basename "$packed" .gz)" || {
      echo "sandbox-attacks/dist is not what its source makes: run make sandbox-attacks" >&2
      exit 1
    }
  done
  diff "$folder/SHA256SUMS" dist/SHA256SUMS
else
  mkdir -p dist
  for program in "$folder"/attack-linux-*; do
    gzip --no-name --best --stdout "$program" >"dist/$(basename "$program").gz"
  done
  cp "$folder/SHA256SUMS" dist/
fi
