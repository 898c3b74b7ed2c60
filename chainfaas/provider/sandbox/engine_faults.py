"""What goes wrong between the daemon and the container engine, turned into errors of ours."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from docker.errors import DockerException
from requests import RequestException

from chainfaas.provider.errors import EngineFailedError

ENGINE_FAULTS = (DockerException, RequestException)
"""All that the engine's client raises; the latter where the engine is gone, or has nothing to say."""


@contextlib.contextmanager
def engine_faults(action: str) -> Iterator[None]:
    """Turn the engine's errors within the block into ours.

    Args:
        action: What is being done, to go on after "The engine could not".

    Raises:
        EngineFailedError: the engine refused or does not answer.
    """
    try:
        yield
    except ENGINE_FAULTS as error:
        raise EngineFailedError(f"The engine could not {action}: {error}.") from error
