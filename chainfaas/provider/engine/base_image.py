"""The image that others are built from: a Debian with Python or with other packages, from no registry."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

from docker import APIClient
from docker.errors import ImageNotFound

from chainfaas.chain.node.file_lock import file_lock
from chainfaas.chain.node.tool_run import run_tool
from chainfaas.chain.state_folder import tool_cache_folder
from chainfaas.provider.engine.own_service import locate_program
from chainfaas.provider.errors import EngineFailedError
from chainfaas.provider.sandbox.engine_faults import engine_faults

BASE_VARIABLE = "CHAINFAAS_BASE_IMAGE"
"""Environment variable that names another image with Python 3, such as python:3.12-slim."""

_REPOSITORY = "chainfaas-base"
_TIMEOUT_SECONDS = 900.0
PYTHON_PACKAGES = ("python3",)
_FIRST_OPTIONS = ("--quiet", "--variant=minbase")
_MORE_OPTIONS = (
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--aptopt=Acquire::Languages none",
)


def provide_base_image(
    client: APIClient, environment: Mapping[str, str], packages: Sequence[str] = PYTHON_PACKAGES
) -> str:
    """Return the name of the base image, made and imported on the spot if need be.

    The root file system is made once a user and kept in the shared cache of tools.

    Args:
        client: The engine.
        environment: The process's environment variables; `BASE_VARIABLE` names another image with Python.
        packages: Debian's packages that it has, with what they need.

    Raises:
        EngineMissingError: mmdebstrap is not installed.
        EngineFailedError: the image could not be made.
    """
    named = environment.get(BASE_VARIABLE, "")
    if named and tuple(packages) == PYTHON_PACKAGES:
        return named
    suite = platform.freedesktop_os_release().get("VERSION_CODENAME", "bookworm")
    options = (*_FIRST_OPTIONS, f"--include={','.join(packages)}", *_MORE_OPTIONS)
    recipe = hashlib.sha256(" ".join((suite, *options)).encode()).hexdigest()[:12]
    name = f"{_REPOSITORY}:{recipe}"
    with engine_faults(f"import {name}"):
        try:
            client.inspect_image(name)  # type: ignore[no-untyped-call]
        except ImageNotFound:
            cache = tool_cache_folder(environment)
            archive = _provide_archive(cache / "base-image" / f"{recipe}.tar", (*options, suite))
            client.import_image_from_file(str(archive), repository=_REPOSITORY, tag=recipe)
    return name


def _provide_archive(archive: Path, arguments: Sequence[str]) -> Path:
    with file_lock(archive.with_suffix(".lock")):
        if archive.exists():
            return archive
        unfinished = archive.with_suffix(f".{os.getpid()}.tar")
        program = locate_program("mmdebstrap", "mmdebstrap")
        try:
            answer = run_tool([program, *arguments, str(unfinished)], _TIMEOUT_SECONDS)
            if not answer.succeeded:
                raise EngineFailedError(
                    f"mmdebstrap could not make a base image: {answer.last_error_line}",
                    remedy=f"Name an image to build from: --base, or with Python 3 in {BASE_VARIABLE}.",
                )
            unfinished.rename(archive)
        finally:
            unfinished.unlink(missing_ok=True)
    return archive
