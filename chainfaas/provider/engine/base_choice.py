"""Choosing what an image is built from: what is named if it can be had, else a base of Debian's packages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from docker import APIClient
from docker.errors import ImageNotFound

from chainfaas.provider.engine.base_image import PYTHON_PACKAGES, provide_base_image
from chainfaas.provider.errors import ImageMissingError
from chainfaas.provider.sandbox.engine_faults import ENGINE_FAULTS, engine_faults


def choose_base(
    client: APIClient,
    environment: Mapping[str, str],
    usual: str,
    packages: Sequence[str],
    say: Callable[[str], None],
) -> str:
    """Return a base that is on the engine: the usual one, fetched if need be, else one made here.

    Args:
        client: The engine.
        environment: The process's environment variables; `BASE_VARIABLE` names another image with Python.
        usual: The base that a Dockerfile names by default.
        packages: Debian's packages of the one that is made here; Python where there are none.
        say: Takes a line about what goes on.

    Raises:
        EngineMissingError: it can neither be fetched nor made, since mmdebstrap is not installed.
        EngineFailedError: it could not be made.
    """
    try:
        provide_image(client, usual)
    except ImageMissingError as missing:
        packages = tuple(packages) or PYTHON_PACKAGES
        say(f"{missing.message} Taking a base of Debian's packages instead: {', '.join(packages)}")
        return provide_base_image(client, environment, packages)
    return usual


def provide_image(client: APIClient, name: str) -> None:
    """See to it that an image is on the engine, fetched if need be.

    Args:
        client: The engine.
        name: Repository with tag or digest.

    Raises:
        ImageMissingError: it is neither there nor to be fetched.
        EngineFailedError: the engine does not answer.
    """
    with engine_faults(f"look for {name}"):
        try:
            client.inspect_image(name)  # type: ignore[no-untyped-call]
        except ImageNotFound:
            _fetch(client, name)


def _fetch(client: APIClient, name: str) -> None:
    try:
        for step in client.pull(name, stream=True, decode=True):
            if "error" in step:
                raise ImageMissingError(f"The image {name} cannot be fetched: {step['error']}.")
    except ENGINE_FAULTS as fault:
        reason = getattr(fault, "explanation", None) or fault
        raise ImageMissingError(f"The image {name} cannot be fetched: {reason}.") from fault
