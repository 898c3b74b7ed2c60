from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from chainfaas.chain.node.waiting import wait_until
from chainfaas.domain.content_hashes import file_hash
from chainfaas.domain.masks import mask
from chainfaas.domain.outcomes import Status
from chainfaas.domain.prices import Terms, job_cost
from chainfaas.domain.wire.settlements import SignedSettlement
from chainfaas.provider.journal.job_state import JobState
from chainfaas.provider.sandbox.noop_runtime import FunctionFailedError, Said
from tests.integration.provider.conftest import RunDaemon
from tests.integration.provider.fake_controller import FakeJob
from tests.integration.provider.provider_world import OFFER, TERMS, ProviderWorld


@pytest.fixture(autouse=True)
def fresh_controller(world: ProviderWorld) -> Iterator[None]:
    yield
    fake = world.controller
    fake.signs_in_for = ""
    fake.tamper = lambda settlement: settlement
    fake.faults.clear()


def status_of(job: FakeJob) -> Status:
    assert job.report is not None
    return job.report.receipt.status


def reason_of(job: FakeJob) -> str:
    assert job.report is not None
    return job.report.reason


def test_daemon__batch_of_jobs__run_and_paid_on_the_fast_path(
    world: ProviderWorld, run_daemon: RunDaemon
) -> None:
    fake, before = world.controller, world.earned()
    with run_daemon():
        jobs = fake.assign_batch(world.wanted, [b"one", b"", b"x" * 100_000])
        done = fake.wait_for_reports(jobs)
        assert [job.output for job in done] == [b"one", b"", b"x" * 100_000]
        assert {job.log for job in done} == {b"echoed\n"}
        assert {status_of(job) for job in done} == {Status.SUCCEEDED}
        records = [world.wait_for_payment(job) for job in jobs]
    gross = sum(record.payment.amount for record in records if record.payment is not None)
    assert gross == sum(job_cost(TERMS, OFFER, Status.SUCCEEDED, record.billed_ms or 0) for record in records)
    assert world.earned() - before == gross - gross * 200 // 10_000


def test_daemon__opened_batch__settled_part_by_part(world: ProviderWorld, run_daemon: RunDaemon) -> None:
    fake = world.controller
    held, release = threading.Event(), threading.Event()

    def slow_second(content: bytes) -> Said:
        if content == b"slow":
            held.set()
            release.wait(20)
        return Said(content)

    with run_daemon(slow_second):
        jobs = fake.assign_batch(world.wanted, [b"quick", b"slow"])
        batch = next(reversed(fake.batches.values()))
        fake.opened.add(batch.batch_id)
        world.open(batch)
        assert held.wait(10)
        world.wait_for_payment(jobs[0])
        release.set()
        world.wait_for_payment(jobs[1])
    assert world.deployed.contracts.jobs.open_jobs(batch.batch_id) == mask(0)


def test_daemon__function_that_fails__reported_with_log_and_paid(
    world: ProviderWorld, run_daemon: RunDaemon
) -> None:
    def fail(content: bytes) -> Said:
        raise FunctionFailedError(exit_code=3, log=b"why: " + content)

    with run_daemon(fail):
        (job,) = world.controller.assign_batch(world.wanted, [b"input"])
        (done,) = world.controller.wait_for_reports([job])
        assert (status_of(done), done.output, done.log) == (Status.FUNCTION_ERROR, b"", b"why: input")
        assert reason_of(done) == ""
        world.wait_for_payment(job)


def test_daemon__job_assigned_twice__run_once(world: ProviderWorld, run_daemon: RunDaemon) -> None:
    runs: list[bytes] = []

    def count(content: bytes) -> Said:
        runs.append(content)
        return Said(content)

    fake = world.controller
    with run_daemon(count):
        (job,) = fake.assign_batch(world.wanted, [b"once"])
        fake.wait_for_reports([job])
        fake.assign_again(job)
        (other,) = fake.assign_batch(world.wanted, [b"other"])
        fake.wait_for_reports([other])
        world.wait_for_payment(job)
    assert runs.count(b"once") == 1


def test_daemon__cancelled_job__ends_as_cancelled(world: ProviderWorld, run_daemon: RunDaemon) -> None:
    begun, release = threading.Event(), threading.Event()

    def slow(content: bytes) -> Said:
        begun.set()
        release.wait(20)
        return Said(content)

    fake = world.controller
    with run_daemon(slow):
        (job,) = fake.assign_batch(world.wanted, [b"never mind"])
        assert begun.wait(10)
        polls = len(fake.polls)
        with fake.changed:
            fake.cancelled.add(job)
            fake.changed.notify_all()
        fake.wait_for(lambda: len(fake.polls) > polls + 1)
        release.set()
        (done,) = fake.wait_for_reports([job])
        assert status_of(done) is Status.CANCELLED


def test_daemon__lease_that_ended__report_refused_and_kept(
    world: ProviderWorld, run_daemon: RunDaemon
) -> None:
    begun, release = threading.Event(), threading.Event()

    def slow(content: bytes) -> Said:
        begun.set()
        release.wait(20)
        return Said(content)

    fake = world.controller
    with run_daemon(slow):
        (job,) = fake.assign_batch(world.wanted, [b"late"])
        assert begun.wait(10)
        fake.ended_leases.add(job)
        release.set()
        record = world.wait_for_state(job, JobState.REFUSED)
    assert record.reason.startswith("lease-ended")
    assert record.report is not None


def test_daemon__draining__declines_and_ends(world: ProviderWorld, run_daemon: RunDaemon) -> None:
    fake = world.controller
    with run_daemon() as daemon:
        fake.wait_for(lambda: bool(fake.polls))
        assert daemon.drain(5.0)
        fake.wait_for(lambda: fake.polls[-1].draining)
        (job,) = fake.assign_batch(world.wanted, [b"too late"])
        (done,) = fake.wait_for_reports([job])
        assert status_of(done) is Status.DECLINED
        assert reason_of(done).startswith("draining")


def test_daemon__controller_that_stumbles__asked_again_until_it_answers(
    world: ProviderWorld, run_daemon: RunDaemon
) -> None:
    fake = world.controller
    with run_daemon():
        (job,) = fake.assign_batch(world.wanted, [b"patience"])
        fake.faults += [503, 503, 401]
        fake.tokens.clear()
        (done,) = fake.wait_for_reports([job])
        assert done.output == b"patience"


def test_daemon__controller_that_signs_in_for_another_host__gets_no_signature(
    world: ProviderWorld, run_daemon: RunDaemon
) -> None:
    fake = world.controller
    fake.tokens.clear()
    fake.signs_in_for = "bank.example"
    polls = len(fake.polls)
    challenges = fake.challenges
    with run_daemon():
        fake.wait_for(lambda: fake.challenges > challenges + 1)
        assert not fake.tokens
        assert len(fake.polls) == polls
        fake.signs_in_for = ""
        fake.wait_for(lambda: len(fake.polls) > polls)


@pytest.mark.parametrize("part", ["billed", "signature"])
def test_daemon__settlement_that_contradicts_the_receipts__not_sent(
    world: ProviderWorld, run_daemon: RunDaemon, part: str
) -> None:
    asked = threading.Event()

    def tamper(settlement: SignedSettlement) -> SignedSettlement:
        asked.set()
        if part == "signature":
            return replace(settlement, signature=world.controller.key.sign(file_hash(b"else")))
        first, *others = settlement.parts
        record = replace(first.records[0], billed_ms=first.records[0].billed_ms + 1)
        parts = (replace(first, records=(record, *first.records[1:])), *others)
        return world.controller.sign_settlement(parts)

    fake = world.controller
    fake.tamper = tamper
    with run_daemon():
        (job,) = fake.assign_batch(world.wanted, [b"claimed"])
        fake.wait_for_reports([job])
        assert asked.wait(10)
    assert world.journal().record(job).state is JobState.COUNTERSIGNED
    fake.tamper = lambda settlement: settlement
    with run_daemon():
        world.wait_for_payment(job)


def test_daemon__bundle__fetched_once_and_checked(world: ProviderWorld, run_daemon: RunDaemon) -> None:
    fake, bundle = world.controller, b"def handler(): ..."
    version = world.publish(bundle_hash=fake.add_bundle(bundle))
    other = world.publish(bundle_hash=file_hash(b"another"))
    fake.bundles["0x" + file_hash(b"another").hex()] = b"forged"
    with run_daemon():
        jobs = [
            fake.assign_batch(replace(world.wanted, version_id=each), [b""])[0] for each in (version, other)
        ]
        good, forged = fake.wait_for_reports(jobs)
        assert status_of(good) is Status.SUCCEEDED
        assert status_of(forged) is Status.INFRASTRUCTURE
        assert reason_of(forged).startswith("image-missing")
    assert (world.folder / "bundles" / file_hash(bundle).hex()).read_bytes() == bundle


def test_daemon__version_of_the_latest_block__waited_for(world: ProviderWorld, run_daemon: RunDaemon) -> None:
    fake = world.controller
    with run_daemon():
        version = world.publish(Terms(TERMS.max_cost, 128, 2_000))
        (job,) = fake.assign_batch(replace(world.wanted, version_id=version), [b"fresh"])
        (done,) = fake.wait_for_reports([job])
        assert status_of(done) is Status.SUCCEEDED


def test_daemon__exposure_used_up__declined_until_paid(world: ProviderWorld, run_daemon: RunDaemon) -> None:
    fake = world.controller
    with run_daemon(exposure_tokens="0.0000015"):
        assert wait_until(lambda: not world.owed(), time.monotonic() + 10)
        (first,) = fake.assign_batch(world.wanted, [b"on credit"])
        fake.held_back.add(next(reversed(fake.batches)))
        fake.wait_for_reports([first])
        jobs = [fake.assign_batch(world.wanted, [b"more"])[0] for _ in range(2)]
        done = fake.wait_for_reports(jobs)
        assert sorted(reason_of(job)[:8] for job in done).count("exposure") >= 1
        fake.held_back.clear()
        world.wait_for_payment(first)
        assert wait_until(
            lambda: (
                status_of(fake.wait_for_reports(fake.assign_batch(world.wanted, [b"paid"]))[0])
                is Status.SUCCEEDED
            ),
            time.monotonic() + 10,
        )
