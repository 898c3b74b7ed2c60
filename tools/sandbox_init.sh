#!/usr/bin/env bash
# Builds process 1 of the sandboxes for each platform into sandbox-init/dist, with their hashes. The same Go release
# makes the same bytes anywhere. With --check it builds elsewhere and compares.
set -euo pipefail
cd "$(dirname "$0")/../sandbox-init"
export PATH="$PWD/../.venv/bin:$PATH"

build() {
  local architecture
  mkdir -p "$1"
  for architecture in amd64 arm64; do
    CGO_ENABLED=0 GOOS=linux GOARCH="$architecture" GOAMD64=v1 GOARM64=v8.0 GOFLAGS= GOTOOLCHAIN=local GOWORK=off GOEXPERIMENT= \
      go build -trimpath -buildvcs=false -ldflags='-s -w -buildid=' -o "$1/sandbox-init-linux-$architecture" .
  done
  (cd "$1" && sha256sum sandbox-init-linux-* >SHA256SUMS)
}

if [ "${1:-}" = --check ]; then
  folder="$(mktemp -d)"
  trap 'rm -rf "$folder"' EXIT
  build "$folder"
  diff "$folder/SHA256SUMS" dist/SHA256SUMS || {
    echo "sandbox-init/dist is not what its source makes: run make sandbox-init" >&2
    exit 1
  }
  (cd dist && sha256sum --quiet --check SHA256SUMS)
else
  build "$PWD/dist"
fi
