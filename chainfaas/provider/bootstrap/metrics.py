"""What a provider counts, in Prometheus' form, on this machine's loopback alone.

Labels are states, statuses, ways to a sandbox and controllers' numbers: nothing that anybody else wrote.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from chainfaas.domain.amounts import TOKEN
from chainfaas.domain.errors import ConfigurationError
from chainfaas.domain.outcomes import Status
from chainfaas.provider.earnings.earnings_sums import read_earnings
from chainfaas.provider.journal.job_state import JobState
from chainfaas.provider.journal.job_sums import JobSums
from chainfaas.provider.journal.journal_file import read_journal
from chainfaas.provider.journal.tables import JOBS

if TYPE_CHECKING:
    from pathlib import Path

    from prometheus_client import Metric
    from sqlalchemy import Engine

    from chainfaas.provider.daemon.live_state import LiveState
    from chainfaas.provider.pool.origin import Origin

LOOPBACK = "127.0.0.1"
PREFIX = "chainfaas_provider_"
COUNTED_ACTIONS = {
    "poll_failed": ("poll_failures", "Polls that failed."),
    "reports_wait": ("report_failures", "Deliveries of reports that failed, and were tried again."),
    "report_refused": ("reports_refused", "Reports that a controller did not take."),
    "claim_filed": ("claims", "Claims that were filed."),
    "claim_failed": ("claim_failures", "Claims that left jobs unpaid."),
    "claims_wait": ("claim_faults", "Times that nothing could be claimed."),
    "chain_waits": ("node_failures", "Times that the own node could not be read."),
    "prestart_failed": ("prestart_failures", "Sandboxes that could not be started ahead."),
    "restless_sandbox": ("restless_sandboxes", "Sandboxes thrown away since they computed while waiting."),
}
"""Counters that follow log lines, by action: name and help."""


@dataclass(frozen=True)
class MetricSources:
    """Where figures come from.

    Attributes:
        folder: The provider's folder, whose journal is read.
        actions: Returns how many log lines there were by action.
        live: Returns what the daemon is doing; none once a part of it has failed.
        handed_out: Returns how many sandboxes jobs were given by where those came from.
    """

    folder: Path
    actions: Callable[[], Mapping[str, int]]
    live: Callable[[], LiveState | None]
    handed_out: Callable[[], Mapping[Origin, int]]


@contextlib.contextmanager
def served_metrics(port: int, sources: MetricSources) -> Iterator[None]:
    """Answer on the loopback while the block runs; nothing happens for port 0.

    Args:
        port: The port.
        sources: Where figures come from.

    Raises:
        ConfigurationError: Another program has the port.
    """
    if not port:
        yield
        return
    journal = read_journal(sources.folder)
    registry = CollectorRegistry()
    registry.register(ProviderCollector(sources, journal))
    try:
        server, thread = start_http_server(port, LOOPBACK, registry)
    except OSError as fault:
        journal.dispose()
        raise ConfigurationError(
            f"Metrics cannot be served on port {port}: {fault.strerror}.", remedy="Set another metrics_port."
        ) from fault
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        journal.dispose()


class ProviderCollector(Collector):
    """Reads all figures anew each time that somebody asks; nothing is counted on a job's way."""

    def __init__(self, sources: MetricSources, journal: Engine) -> None:
        """Read nothing yet.

        Args:
            sources: Where figures come from.
            journal: The journal, to read.
        """
        self._sources = sources
        self._journal = journal

    def describe(self) -> list[Metric]:
        """Name nothing ahead: the registry need not read the journal to know this."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Read the figures."""
        yield from self._jobs()
        yield from self._money()
        yield from self._sandboxes()
        counts = self._sources.actions()
        for action, (name, help_text) in COUNTED_ACTIONS.items():
            yield CounterMetricFamily(PREFIX + name, help_text, value=counts.get(action, 0))

    def _jobs(self) -> Iterator[Metric]:
        by_status = CounterMetricFamily(PREFIX + "jobs", "Jobs that ended.", labels=["status"])
        query = select(JOBS.c.status, func.count()).where(JOBS.c.status.is_not(None))
        with self._journal.execution_options(reads_only=True).connect() as connection:
            rows = connection.execute(query.group_by(JOBS.c.status))
            found: dict[int, int] = {row[0]: row[1] for row in rows}
        for status in Status:
            by_status.add_metric([status.name.lower()], found.get(status.value, 0))
        yield by_status
        by_state = GaugeMetricFamily(PREFIX + "jobs_in_state", "Jobs in the journal.", labels=["state"])
        counts = JobSums(self._journal).counts()
        for state in JobState:
            by_state.add_metric([state.value], counts.get(state, 0))
        yield by_state

    def _money(self) -> Iterator[Metric]:
        earnings = read_earnings(self._journal)
        paid = earnings.paid.amount / TOKEN
        yield CounterMetricFamily(PREFIX + "paid_tokens", "Paid, commission included.", value=paid)
        owed = GaugeMetricFamily(
            PREFIX + "owed_tokens", "Work that is not paid yet, at most.", labels=["controller"]
        )
        for controller, amount in JobSums(self._journal).owed().items():
            owed.add_metric([str(controller)], amount / TOKEN)
        yield owed

    def _sandboxes(self) -> Iterator[Metric]:
        handed = CounterMetricFamily(PREFIX + "sandboxes", "Sandboxes given to jobs.", labels=["origin"])
        for origin, count in self._sources.handed_out().items():
            handed.add_metric([origin.value], count)
        yield handed
        live = self._sources.live()
        ready = 0 if live is None else sum(live.ready.values())
        running = 0 if live is None else live.running
        yield GaugeMetricFamily(PREFIX + "sandboxes_ready", "Sandboxes that stand ready.", value=ready)
        yield GaugeMetricFamily(PREFIX + "jobs_held", "Jobs that are held now.", value=running)
        yield GaugeMetricFamily(PREFIX + "healthy", "Whether no part has failed.", value=live is not None)
