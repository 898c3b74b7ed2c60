from __future__ import annotations

import pytest
from sqlalchemy import select

from chainfaas.controller.crash_points import ControllerPoint
from chainfaas.controller.storage.schema import PRIVATE
from chainfaas.controller.storage.states import BatchState
from chainfaas.domain.outcomes import Status
from tests.fake_provider import Ran
from tests.unit.controller.hand_written_index import DEVELOPER
from tests.unit.controller.small_controller import SmallController


def shown(controller: SmallController, place: str) -> dict[str, object]:
    reply = controller.request("GET", place, key=DEVELOPER, Prefer="wait=10")
    result: dict[str, object] = reply.json()
    return result


def test_restart__call_waits__run_afterwards(controller: SmallController) -> None:
    provider = controller.provider()
    place = controller.invoke(b"text", Prefer="respond-async").headers["Location"]
    assert len(controller.state.queue) == 1
    controller.restart()
    job = provider.run_one()
    assert provider.inputs[job] == b"text"
    assert shown(controller, place)["state"] == "succeeded"


def test_restart__provider_has_the_job__its_report_is_taken(controller: SmallController) -> None:
    provider = controller.provider()
    provider.poll()
    place = controller.invoke(Prefer="respond-async").headers["Location"]
    provider.poll(5_000)
    [job] = provider.running
    controller.restart()
    answer = provider.poll()
    assert answer.lease is not None
    assert answer.lease.lease.job_ids == (job,)
    assert provider.report(job).is_taken
    assert shown(controller, place)["job"] == str(job)


def test_restart__provider_does_not_come_back__run_elsewhere(controller: SmallController) -> None:
    gone, other = controller.provider(1), controller.provider(2)
    gone.poll()
    place = controller.invoke(Prefer="respond-async").headers["Location"]
    gone.poll(5_000)
    controller.restart()
    other.poll()
    controller.clock.ahead_seconds += 11
    other.poll()
    controller.keeper.tick()
    other.run_one()
    assert shown(controller, place)["state"] == "succeeded"


def test_restart__report_was_stored__same_answer_again(controller: SmallController) -> None:
    provider = controller.provider()
    provider.poll()
    controller.invoke(Prefer="respond-async")
    provider.poll(5_000)
    [job] = provider.running
    report, blobs = provider.made_report(job, Ran())
    first = provider.hand_in(report, blobs)
    controller.restart()
    assert provider.hand_in(report, blobs) == first


def test_restart__batches_were_filled__closed_and_never_joined_again(controller: SmallController) -> None:
    provider = controller.provider()
    for _ in range(2):
        provider.poll()
        controller.invoke(Prefer="respond-async")
        provider.poll(5_000)
        controller.restart()
    jobs = sorted(provider.running)
    assert len({job >> 6 for job in jobs}) == 2
    with controller.database.engine.connect() as connection:
        states = set(connection.execute(select(PRIVATE.batches.c.state)).scalars())
    assert states == {BatchState.CLOSED}


def test_restart__tried_before__not_given_to_the_same_again(controller: SmallController) -> None:
    provider, other = controller.provider(1), controller.provider(2)
    other.draining = True
    other.poll()
    provider.poll()
    place = controller.invoke(Prefer="respond-async").headers["Location"]
    provider.poll(5_000)
    controller.restart()
    other.poll()
    [job] = provider.running
    assert provider.report(job, Ran(Status.DECLINED, b"", reason="no")).is_taken
    problem = shown(controller, place)["problem"]
    assert isinstance(problem, dict)
    assert problem["providers"]["1"] == "declined: no"


class StopError(BaseException):
    pass


@pytest.mark.parametrize("point", [ControllerPoint.BEFORE_STORE_REPORT, ControllerPoint.AFTER_STORE_REPORT])
def test_report__fault_around_the_store__taken_once_in_the_end(
    controller: SmallController, point: ControllerPoint
) -> None:
    provider = controller.provider()
    provider.poll()
    place = controller.invoke(Prefer="respond-async").headers["Location"]
    provider.poll(5_000)
    [job] = provider.running

    def die(at: object) -> None:
        if at is point:
            raise StopError

    controller.points = die
    with pytest.raises(StopError):
        provider.report(job)
    controller.points = None
    controller.restart()
    assert provider.report(job).is_taken
    assert shown(controller, place)["job"] == str(job)


def test_restart__call_was_cancelled_while_its_provider_had_it__run_nowhere(
    controller: SmallController,
) -> None:
    gone, other = controller.provider(1), controller.provider(2)
    gone.poll()
    place = controller.invoke(Prefer="respond-async").headers["Location"]
    gone.poll(5_000)
    controller.request("DELETE", place, key=DEVELOPER)
    controller.restart()
    other.poll()
    controller.pass_seconds(11)
    assert shown(controller, place)["state"] == "cancelled"
    other.poll()
    assert other.running == {}


def test_restart__call_was_cancelled_and_its_provider_comes_back__told_again(
    controller: SmallController,
) -> None:
    provider = controller.provider()
    provider.poll()
    place = controller.invoke(Prefer="respond-async").headers["Location"]
    provider.poll(5_000)
    [job] = provider.running
    controller.request("DELETE", place, key=DEVELOPER)
    controller.restart()
    provider.poll()
    assert provider.cancelled == [job]


def test_restart__cancelled_call_had_lost_its_job__ended(controller: SmallController) -> None:
    gone = controller.provider()
    gone.poll()
    place = controller.invoke(Prefer="respond-async").headers["Location"]
    gone.poll(5_000)
    with controller.database.engine.begin() as connection:
        connection.execute(PRIVATE.jobs.update().values(state="lost"))
        connection.execute(PRIVATE.invocations.update().values(state="queued", cancelled_at_ms=1))
    controller.restart()
    assert shown(controller, place)["state"] == "cancelled"
