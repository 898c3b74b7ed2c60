"""Killing and removing containers off everybody's path."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog
from docker import APIClient
from docker.errors import NotFound

from chainfaas.provider.sandbox.engine_faults import ENGINE_FAULTS

IDLE_SECONDS = 0.05
"""How long a container is left alone in which nothing runs any more.

To end one costs the engine more than to report a call: whoever waits for the answer goes first.
"""

_WORKERS = 4
_ATTEMPTS = 3

_log = structlog.get_logger(__name__)


class Remover:
    """Removes containers in threads of its own."""

    def __init__(self, client: APIClient) -> None:
        """Start with nothing to do."""
        self._client = client
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="remover")
        self._closing = threading.Event()

    def submit(self, container: str) -> None:
        """Have a container killed and removed with its volumes; after `close` it is gone when this returns.

        Args:
            container: The engine's id or a name.
        """
        self._submit(lambda: self.remove(container))

    def submit_idle(self, container: str, let_go: Callable[[], None]) -> None:
        """Have a container removed soon in which nothing runs any more; as `submit` otherwise.

        Args:
            container: The engine's id or a name.
            let_go: Called just before.
        """
        due_seconds = time.monotonic() + IDLE_SECONDS

        def remove_when_due() -> None:
            self._closing.wait(max(0.0, due_seconds - time.monotonic()))
            let_go()
            self.remove(container)

        self._submit(remove_when_due)

    def _submit(self, removal: Callable[[], None]) -> None:
        try:
            self._pool.submit(removal)
        except RuntimeError:
            removal()

    def remove(self, container: str) -> None:
        """Kill and remove a container now; one that cannot be removed is left for the next start to find."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                self._client.remove_container(container, v=True, force=True)
            except NotFound:
                return
            except ENGINE_FAULTS as error:
                # Also said of a container whose removal is under way.
                _log.warning(
                    "A container could not be removed.",
                    action="container_removal_failed",
                    container=container,
                    attempt=attempt,
                    error=str(error),
                )
            else:
                return

    def close(self) -> None:
        """Wait until all that was submitted is done."""
        self._closing.set()
        self._pool.shutdown(wait=True)
