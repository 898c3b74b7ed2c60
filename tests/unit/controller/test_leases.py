from __future__ import annotations

from chainfaas.controller.storage.states import AttemptState
from tests.unit.controller.small_controller import SmallController
from tests.unit.controller.test_provider_protocol import LEASE_SECONDS, given, state_of


def test_poll__heard_in_time__lease_is_renewed(controller: SmallController) -> None:
    provider = controller.provider()
    job = given(controller, provider)
    for _ in range(5):
        controller.pass_seconds(LEASE_SECONDS * 0.4)
        answer = provider.poll()
        assert answer.lease is not None
        assert answer.lease.lease.job_ids == (job,)
    assert provider.report(job).is_taken


def test_poll__names_its_job_for_longer_than_it_may_run__taken_from_it(controller: SmallController) -> None:
    holder, other = controller.provider(1), controller.provider(2)
    job = given(controller, holder)
    other.poll()
    timeout_seconds = next(iter(controller.state.jobs.values())).call.version.terms.timeout_ms / 1_000
    longest_seconds = timeout_seconds + 2 * LEASE_SECONDS
    left_seconds = 0.0
    for _ in range(9):
        controller.pass_seconds(longest_seconds / 10)
        other.poll()
        answer = holder.poll()
        assert answer.lease is not None
        left_seconds = answer.lease.lease.lease_until - controller.clock.unix_time()
    # Near the end nothing is promised that is not kept.
    assert left_seconds <= longest_seconds / 10
    controller.pass_seconds(longest_seconds / 10)
    other.poll(5_000)
    assert len(other.running) == 1
    holder.poll()
    assert holder.unknown == [job]


def test_lease__ends__job_goes_elsewhere_and_the_late_report_is_409(controller: SmallController) -> None:
    slow, other = controller.provider(1), controller.provider(2)
    job = given(controller, slow)
    other.poll()
    controller.clock.ahead_seconds += LEASE_SECONDS + 1
    other.poll()
    controller.keeper.tick()
    other.poll(5_000)
    [second] = other.running
    assert second != job
    late = slow.report(job)
    assert (late.status, late.problem and late.problem.code) == (409, "lease-ended")
    slow.poll()
    assert slow.unknown == [job]
    assert other.report(second).is_taken
    assert (state_of(controller, job), state_of(controller, second)) == (
        AttemptState.LOST,
        AttemptState.ENDED,
    )
    assert slow.report(job).status == 409
