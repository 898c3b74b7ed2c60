"""Running a provider's daemon in the foreground until a signal ends it."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from chainfaas.chain.node.process import ProcessIdentity, read_start_time, write_process
from chainfaas.domain.errors import InternalError
from chainfaas.observability.latency import favour_latency
from chainfaas.observability.service_notices import ServiceNotices
from chainfaas.provider.bootstrap.build_provider import build_provider
from chainfaas.provider.bootstrap.lookout import lookout
from chainfaas.provider.bootstrap.metrics import MetricSources, served_metrics

if TYPE_CHECKING:
    from pathlib import Path

    from chainfaas.provider.sandbox_kit import MakeSandboxes
    from chainfaas.provider.settings import ProviderSettings

PROCESS_FILE_NAME = "daemon.json"
"""Record of the running daemon in the provider's folder."""


def run_provider(
    folder: Path,
    settings: ProviderSettings,
    make_sandboxes: MakeSandboxes,
    count_actions: Callable[[], Mapping[str, int]] = dict,
) -> None:
    """Run a provider until SIGTERM or SIGINT, then let running jobs end and stop.

    Args:
        folder: The provider's folder.
        settings: What it was told.
        make_sandboxes: Makes what its jobs run in.
        count_actions: Returns how many log lines there were by action, for the metrics.

    Raises:
        InternalError: A part of the daemon failed; the log says which.
        ChainFaaSError: It could not be started; see `build_provider`.
    """
    notices = ServiceNotices.of_environment(os.environ)
    with _stop_signals() as asked_to_stop, build_provider(folder, settings, make_sandboxes) as daemon:
        daemon.start()
        favour_latency()
        sources = MetricSources(folder, count_actions, daemon.live_state, daemon.handed_out)
        with (
            served_metrics(settings.metrics_port, sources),
            _recorded(folder / PROCESS_FILE_NAME),
            lookout(folder, daemon.live_state, notices),
        ):
            notices.ready()
            daemon.wait(asked_to_stop)
            notices.stopping()
            if not daemon.failed:
                daemon.drain(settings.drain_seconds)
            daemon.stop()
        if daemon.failed:
            raise InternalError("A part of the provider failed.", remedy="Read the log and start it again.")


@contextlib.contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    asked = threading.Event()
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, lambda *_: asked.set()) for number in numbers]
    try:
        yield asked
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


@contextlib.contextmanager
def _recorded(path: Path) -> Iterator[None]:
    write_process(path, ProcessIdentity(os.getpid(), read_start_time(os.getpid()) or ""))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
