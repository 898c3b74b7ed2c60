"""The node program built from source by the Go tool chain."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from chainfaas.chain.node.release import GO_FLAGS, GO_PACKAGE
from chainfaas.chain.node.tool_run import run_tool

_BUILD_TIMEOUT_SECONDS = 1_800.0


def find_go(environment: dict[str, str]) -> Path | None:
    """Return the Go program on PATH, else the one installed beside this Python.

    Args:
        environment: The process's environment variables.
    """
    on_path = shutil.which("go", path=environment.get("PATH", ""))
    if on_path:
        return Path(on_path)
    beside = Path(sys.executable).parent / "go"
    return beside if os.access(beside, os.X_OK) else None


def build_program(go: Path, environment: dict[str, str], cache: Path, target: Path) -> None:
    """Build the node program; what Go keeps goes into the cache folder.

    Args:
        go: The Go program.
        environment: The process's environment variables, for proxies and certificates.
        cache: A folder for sources and intermediate results.
        target: Where the program goes.

    Raises:
        OSError: Go cannot be run, or the program not be written.
        ValueError: The build failed.
    """
    binaries = cache / "bin"
    variables = environment | {
        "GOBIN": str(binaries),
        "GOPATH": str(cache / "path"),
        "GOCACHE": str(cache / "build"),
        # Plain files rather than read-only ones, so that the cache can be deleted.
        "GOFLAGS": "-modcacherw",
    }
    answer = run_tool([str(go), "install", *GO_FLAGS, GO_PACKAGE], _BUILD_TIMEOUT_SECONDS, variables, cache)
    if not answer.succeeded:
        raise ValueError(answer.last_error_line)
    (binaries / "geth").replace(target)
