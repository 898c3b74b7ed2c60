from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from chainfaas.chain.outbox_entry import EntryState
from chainfaas.controller.indexing.plain_event import PlainEvent
from chainfaas.controller.storage.batch_rows import read_batches
from chainfaas.controller.storage.schema import CHAIN, OUTBOX
from chainfaas.controller.storage.states import BatchState
from chainfaas.domain.identifiers import INDEX_BITS, BatchId, JobId
from chainfaas.domain.outcomes import Status
from chainfaas.domain.signatures import check_signer
from chainfaas.domain.typed_data import hash_settlement
from tests.fake_provider import FakeProvider, Ran
from tests.unit.controller.hand_written_index import DEVELOPER
from tests.unit.controller.small_controller import CONTROLLER, DOMAIN, SmallController

TX = "0x" + "cd" * 32
OK = Ran()
LONG = 2
"""A version whose time-out is above what the fast path takes."""


def publish_long(controller: SmallController) -> None:
    controller.publish(LONG, name="long", timeout_ms=60_000)


def call(controller: SmallController, name: str = "echo") -> None:
    path = f"/v1/functions/{name}/invocations"
    assert controller.request("POST", path, b"", key=DEVELOPER, Prefer="respond-async").status == 202


def run(controller: SmallController, provider: FakeProvider, name: str = "echo", ran: Ran = OK) -> JobId:
    provider.poll()
    call(controller, name)
    return provider.run_one(ran)


def entries(controller: SmallController) -> list[Any]:
    with controller.database.engine.connect() as connection:
        return list(connection.execute(select(OUTBOX.entries).order_by(OUTBOX.entries.c.entry_id)))


def batch_state(controller: SmallController, job: JobId) -> BatchState:
    with controller.database.engine.connect() as connection:
        [row] = read_batches(connection, [BatchId(job >> INDEX_BITS)])
    return row.state


def end_entries(controller: SmallController, state: EntryState) -> None:
    with controller.database.engine.begin() as connection:
        connection.execute(update(OUTBOX.entries).values(state=state))


def show_on_chain(controller: SmallController, state: str, *jobs: JobId, timestamp: int = 0) -> None:
    """Write into the index what the indexer would."""
    controller.index.show_batch(dict.fromkeys(jobs, state), timestamp)


def end_on_chain(controller: SmallController, state: str) -> None:
    with controller.database.engine.begin() as connection:
        connection.execute(update(CHAIN.jobs).values(state=state, ended_block=5))


def test_settlements__fast_batch_has_ended__whole_batch_signed(controller: SmallController) -> None:
    provider = controller.provider()
    first, second = run(controller, provider), run(controller, provider)
    controller.ledger.step()
    answer = provider.settlements(first, second)
    assert answer.settlement is not None
    parts = answer.settlement.parts
    check_signer(DOMAIN.digest(hash_settlement(parts)), answer.settlement.signature, CONTROLLER.address)
    assert [part.mask for part in parts] == [part.batch.occupied for part in parts]
    records = [record for part in parts for record in part.records]
    assert records == [provider.records[first], provider.records[second]]
    assert provider.settlements(first, second) == answer
    assert entries(controller) == []


def test_settlements__batch_still_fills__waiting(controller: SmallController) -> None:
    provider = controller.provider()
    provider.poll()
    call(controller)
    call(controller)
    provider.poll(5_000)
    provider.poll(100)
    first, second = provider.running
    provider.report(first)
    controller.ledger.step()
    answer = provider.settlements(first)
    assert (answer.settlement, answer.waiting) == (None, (first,))
    provider.report(second)
    controller.ledger.step()
    after = provider.settlements(first)
    assert after.settlement is not None
    assert after.settlement.parts[0].mask == 0b11


def test_settlements__others_jobs__passed_over(controller: SmallController) -> None:
    provider, other = controller.provider(1), controller.provider(2)
    job = run(controller, provider)
    controller.ledger.step()
    answer = other.settlements(job)
    assert (answer.settlement, answer.waiting, answer.settled) == (None, (), ())


def test_settlements__opened__ended_bits_only_and_paid_ones_settled(controller: SmallController) -> None:
    publish_long(controller)
    provider = controller.provider()
    provider.poll()
    call(controller, "long")
    call(controller, "long")
    while len(provider.running) < 2:
        provider.poll(1_000)
    first, second = sorted(provider.running)
    controller.ledger.on_block()
    provider.report(first)
    controller.clock.ahead_seconds += 3
    controller.ledger.step()
    show_on_chain(controller, "open", first, second)
    answer = provider.settlements(first, second)
    assert answer.settlement is not None
    assert answer.settlement.parts[0].mask == 0b01
    assert answer.waiting == ()
    end_on_chain(controller, "settled")
    assert provider.settlements(first).settled == (first,)


def test_settlements__a_job_was_declined__part_of_the_whole(controller: SmallController) -> None:
    provider, other = controller.provider(1), controller.provider(2)
    other.draining = True
    other.poll()
    job = run(controller, provider, ran=Ran(Status.DECLINED, b"", reason="no room"))
    controller.ledger.step()
    answer = provider.settlements(job)
    assert answer.settlement is not None
    assert answer.settlement.parts[0].records[0].status is Status.DECLINED


def test_step__long_function__opened_once(controller: SmallController) -> None:
    publish_long(controller)
    provider = controller.provider()
    job = run(controller, provider, "long")
    for _ in range(3):
        controller.ledger.step()
    [entry] = entries(controller)
    assert entry.dedupe_key.startswith("open:")
    assert batch_state(controller, job) is BatchState.OPENING


def test_step__fast_batch_gets_old__opened(controller: SmallController) -> None:
    provider = controller.provider()
    job = run(controller, provider)
    controller.ledger.step()
    assert entries(controller) == []
    controller.clock.ahead_seconds += 3
    controller.ledger.step()
    assert len(entries(controller)) == 1
    assert provider.settlements(job).settlement is not None


def test_step__lost_job__opened_too(controller: SmallController) -> None:
    provider = controller.provider()
    provider.poll()
    call(controller)
    provider.poll(5_000)
    controller.pass_seconds(11)
    controller.ledger.step()
    assert len(entries(controller)) == 1


def test_step__opening_failed__tried_again_alone_under_another_key(controller: SmallController) -> None:
    publish_long(controller)
    provider = controller.provider()
    run(controller, provider, "long")
    for _ in range(8):
        controller.ledger.step()
        end_entries(controller, EntryState.REVERTED)
    keys = [entry.dedupe_key for entry in entries(controller)]
    assert len(keys) == len(set(keys)) == 5


def test_step__on_the_chain_for_good__done(controller: SmallController) -> None:
    provider = controller.provider()
    job = run(controller, provider)
    controller.ledger.step()
    show_on_chain(controller, "recorded", job)
    controller.ledger.step()
    assert batch_state(controller, job) is BatchState.DONE
    assert provider.settlements(job).settled == (job,)


def test_step__open_and_overdue__lost_expires_first_and_the_rest_a_window_later(
    controller: SmallController,
) -> None:
    publish_long(controller)
    provider = controller.provider()
    provider.poll()
    call(controller, "long")
    call(controller, "long")
    while len(provider.running) < 2:
        provider.poll(1_000)
    ended, lost = sorted(provider.running)
    provider.report(ended)
    controller.pass_seconds(11)
    controller.ledger.step()
    with controller.database.engine.connect() as connection:
        [row] = read_batches(connection, [BatchId(lost >> INDEX_BITS)])
    end_entries(controller, EntryState.FINAL)
    show_on_chain(controller, "open", ended, lost, timestamp=row.deadline + 20 + 4)
    controller.ledger.step()
    keys = [entry.dedupe_key for entry in entries(controller) if entry.dedupe_key.startswith("expire")]
    assert keys == [f"expire:{row.batch_id}:2"]
    with controller.database.engine.begin() as connection:
        connection.execute(update(CHAIN.blocks).values(timestamp=row.deadline + 2 * 20 + 4))
    controller.ledger.step()
    keys = [entry.dedupe_key for entry in entries(controller) if entry.dedupe_key.startswith("expire")]
    assert keys == [f"expire:{row.batch_id}:2", f"expire:{row.batch_id}:3"]


def test_step__never_taken_by_the_chain__given_up_and_promise_released(controller: SmallController) -> None:
    provider = controller.provider()
    job = run(controller, provider)
    controller.ledger.step()
    controller.clock.ahead_seconds += 200
    controller.ledger.step()
    controller.ledger.count_promises()
    assert batch_state(controller, job) is BatchState.DONE
    assert controller.promises.promised(DEVELOPER.address).amount == 0


def test_on_events__job_is_shown__promise_released(controller: SmallController) -> None:
    provider = controller.provider()
    job = run(controller, provider)
    before = controller.promises.promised(DEVELOPER.address).amount
    event = PlainEvent("JobRecorded", {"jobId": job}, "MonitoringLedger", "", 1, TX, TX, 0, 0)
    controller.ledger.on_events([event])
    assert before > 0
    assert controller.promises.promised(DEVELOPER.address).amount == 0
    controller.ledger.count_promises()
    assert controller.promises.promised(DEVELOPER.address).amount == before


def test_on_block__batch_was_begun_before__closed(controller: SmallController) -> None:
    controller.parts.filler._rules = type(controller.parts.filler._rules)(
        controller.parts.windows, 10.0, seals_on_demand=False
    )
    provider = controller.provider()
    job = run(controller, provider)
    controller.ledger.step()
    assert batch_state(controller, job) is BatchState.FILLING
    controller.clock.ahead_seconds += 1
    controller.ledger.on_block()
    controller.ledger.step()
    assert batch_state(controller, job) is BatchState.CLOSED


def test_batches__two_at_once__each_at_its_own_price_and_lane(controller: SmallController) -> None:
    publish_long(controller)
    provider = controller.provider()
    fast, slow = run(controller, provider), run(controller, provider, "long")
    assert fast >> INDEX_BITS != slow >> INDEX_BITS
