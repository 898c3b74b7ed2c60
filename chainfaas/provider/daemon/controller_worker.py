"""All that the daemon does for one controller: log-in, polls, reports, claims."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
import tenacity

from chainfaas.domain.errors import ChainFaaSError
from chainfaas.provider.claims.check_settlement import Books, ClaimParties
from chainfaas.provider.claims.claim_loop import ClaimLoop, ClaimPace, ClaimParts
from chainfaas.provider.daemon.poll_loop import PollLoop, PollParts
from chainfaas.provider.daemon.recovery import open_reports
from chainfaas.provider.daemon.report_loop import ReportLoop, ReportParts

if TYPE_CHECKING:
    from chainfaas.domain.encodings import Bytes32
    from chainfaas.domain.identifiers import ControllerId, JobId, ProviderId, VersionId
    from chainfaas.domain.prices import Terms
    from chainfaas.domain.typed_data import SigningDomain
    from chainfaas.domain.wire.polls import ReadyVersion
    from chainfaas.provider.claims.claim_desk import ClaimDesk
    from chainfaas.provider.controller_api.controller_client import ControllerClient
    from chainfaas.provider.crash_points import ProviderHook
    from chainfaas.provider.daemon.controller_contact import ControllerContact
    from chainfaas.provider.daemon.crew import Crew
    from chainfaas.provider.journal.job_journal import JobJournal
    from chainfaas.provider.journal.job_record import EndedJob
    from chainfaas.provider.offers.exposure import Exposure
    from chainfaas.provider.offers.room import Room
    from chainfaas.provider.pipeline.held_jobs import HeldJobs
    from chainfaas.provider.pipeline.pipeline import Pipeline

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 3.0
"""Between two tries to log in: calls wait for who was there before a controller's restart."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class SharedParts:
    """What the workers of all controllers share."""

    provider_id: ProviderId
    domain: SigningDomain
    pipeline: Pipeline
    held: HeldJobs
    room: Room
    ready: Callable[[], tuple[ReadyVersion, ...]]
    """The versions that can run at once."""
    exposure: Exposure
    journal: JobJournal
    desk: ClaimDesk
    pace: ClaimPace
    terms: Callable[[VersionId], Terms | None]
    memory_mib: Callable[[VersionId], int]
    wake_sender: Callable[[], None]
    at_point: ProviderHook


class ControllerWorker:
    """One controller; a `ControllerLink` for the pipeline."""

    def __init__(self, client: ControllerClient, shared: SharedParts) -> None:
        """Talk to nobody yet.

        Args:
            client: The way to the controller.
            shared: What all workers share.
        """
        self._client = client
        self._shared = shared
        self._polls = PollLoop(
            PollParts(
                client=client,
                link=self,
                pipeline=shared.pipeline,
                held=shared.held,
                room=shared.room,
                memory_mib=shared.memory_mib,
                ready=shared.ready,
                domain=shared.domain,
            )
        )
        self._reports = ReportLoop(
            ReportParts(
                client=client,
                journal=shared.journal,
                domain=shared.domain,
                terms=shared.terms,
                extra_poll=self._polls.extra_poll,
                on_poll_answer=self._polls.take,
                on_result=self._on_result,
                at_point=shared.at_point,
            )
        )
        self._claims = ClaimLoop(
            ClaimParts(
                client=client,
                parties=self._parties,
                books=Books(shared.journal.record, shared.terms),
                journal=shared.journal,
                desk=shared.desk,
                wake_sender=shared.wake_sender,
                at_point=shared.at_point,
            ),
            shared.pace,
        )

    @property
    def controller_id(self) -> ControllerId:
        """The controller's number, as its session proved."""
        return self._client.session().controller.controller_id

    @property
    def blob_limit_bytes(self) -> int:
        """The longest content that travels within a message."""
        return self._client.session().blob_limit_bytes

    @property
    def contact(self) -> ControllerContact:
        """How it stands with the controller."""
        return self._polls.notes.contact(self._client.url)

    def fetch_input(self, job: JobId) -> bytes:
        """Fetch an input that did not come with its assignment."""
        return self._client.input(job)

    def fetch_bundle(self, bundle_hash: Bytes32) -> bytes:
        """Fetch a bundle, not checked yet."""
        return self._client.bundle(bundle_hash)

    def hand_in(self, ended: EndedJob) -> None:
        """Take a report that is stored, to send it; returns at once."""
        self._reports.hand_in(ended)

    def start(self, crew: Crew) -> None:
        """Begin, in threads of the crew; the log-in is tried until it succeeds."""
        crew.start(f"controller {self._client.url}", lambda stop: self._begin(stop, crew))

    def wake(self) -> None:
        """Have the threads look at once whether there is something to do, or whether to stop."""
        self._reports.wake()
        self._claims.wake()

    def wake_claims(self) -> None:
        """Have the claims looked at."""
        self._claims.wake()

    def tell_of_drain(self) -> None:
        """Tell the controller at once that no more jobs are taken, as far as it listens."""
        try:
            answer, inputs = self._client.poll(self._polls.make_poll(0))
        except ChainFaaSError as fault:
            _log.info("The controller does not hear of the stop.", action="drain_untold", fault=str(fault))
            return
        self._polls.take(answer, inputs)

    def _begin(self, stop: threading.Event, crew: Crew) -> None:
        if not self._log_in(stop):
            return
        for ended in open_reports(self._shared.journal, self.controller_id):
            version = self._shared.journal.record(ended.job_id).assigned.assignment.version_id
            self._shared.held.add(ended.job_id, self.controller_id, version)
            self.hand_in(ended)
        crew.start(f"reports {self._client.url}", self._reports.run)
        crew.start(f"claims {self._client.url}", self._claims.run)
        self._polls.run(stop)

    def _log_in(self, stop: threading.Event) -> bool:
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(ChainFaaSError),
            wait=tenacity.wait_exponential_jitter(
                multiplier=FIRST_PAUSE_SECONDS, max=LONGEST_PAUSE_SECONDS, jitter=FIRST_PAUSE_SECONDS
            ),
            stop=tenacity.stop_when_event_set(stop),
            sleep=tenacity.sleep_using_event(stop),
            before_sleep=self._note_retry,
        )
        try:
            session = retrying(self._client.session)
        except tenacity.RetryError:
            return False
        self._polls.notes.logged_in()
        _log.info(
            "Logged in.",
            action="logged_in",
            url=self._client.url,
            controller=session.controller.controller_id,
        )
        return True

    def _note_retry(self, state: tenacity.RetryCallState) -> None:
        fault = str(state.outcome.exception() if state.outcome is not None else None)
        self._polls.notes.failed(fault)
        _log.warning("The provider cannot log in for now.", action="log_in_waits", fault=fault)

    def _on_result(self, job: JobId) -> None:
        self._shared.held.let_go(job)
        self._shared.exposure.refresh()
        self._claims.wake()

    def _parties(self) -> ClaimParties:
        controller = self._client.session().controller
        return ClaimParties(
            self._shared.domain, self._shared.provider_id, controller.controller_id, controller.key
        )
