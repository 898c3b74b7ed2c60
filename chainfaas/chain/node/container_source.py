"""The node program inside its official container image, behind a script that is called like it."""

from __future__ import annotations

import shutil
from pathlib import Path

from chainfaas.chain.node.release import CONTAINER_IMAGE
from chainfaas.chain.node.tool_run import run_tool

_PULL_TIMEOUT_SECONDS = 900.0

# Network, paths and user are the same inside as outside: sockets and keys are where they are expected.
_SCRIPT = """#!/bin/sh
set -eu
volumes=''
saved_ifs=$IFS
IFS=:
for folder in ${{CHAINFAAS_NODE_FOLDERS:-}}; do
  case $folder in *[[:space:]]*) echo "a path with spaces cannot be mounted: $folder" >&2; exit 1 ;; esac
  volumes="$volumes --volume=$folder:$folder"
done
IFS=$saved_ifs
exec {docker} run --rm --init --network=host --user="$(id -u):$(id -g)" \\
  --cap-drop=ALL --security-opt=no-new-privileges --read-only --tmpfs=/tmp --env=HOME=/tmp \\
  $volumes {image} "$@"
"""


def find_docker(environment: dict[str, str]) -> Path | None:
    """Return the container engine's program on PATH.

    Args:
        environment: The process's environment variables.
    """
    found = shutil.which("docker", path=environment.get("PATH", ""))
    return Path(found) if found else None


def wrap_image(docker: Path, target: Path) -> None:
    """Pull the image and write the script that runs it.

    Args:
        docker: The container engine's program.
        target: Where the script goes.

    Raises:
        OSError: The engine cannot be run, or the script not be written.
        ValueError: The image cannot be pulled.
    """
    answer = run_tool([str(docker), "pull", CONTAINER_IMAGE], _PULL_TIMEOUT_SECONDS)
    if not answer.succeeded:
        raise ValueError(answer.last_error_line)
    target.write_text(_SCRIPT.format(docker=docker, image=CONTAINER_IMAGE), encoding="utf-8")
