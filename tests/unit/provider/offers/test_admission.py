from __future__ import annotations

from dataclasses import replace

import pytest

from chainfaas.chain.bindings.peer_registry import ControllerKey
from chainfaas.domain.amounts import Price
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.identifiers import ControllerId, JobId, ProviderId, compose_batch_id, compose_job_id
from chainfaas.domain.prices import reserved_cost
from chainfaas.domain.times import UnixSeconds
from chainfaas.domain.wire.polls import AssignedJob
from chainfaas.provider.offers.admission import (
    Admitted,
    Circumstances,
    Refusal,
    RefusalReason,
    check_input,
    decide_admission,
)
from tests.unit.provider.provider_samples import (
    CIRCUMSTANCES,
    CONTROLLER_KEY,
    HOUSE,
    MANIFEST,
    NOW,
    OFFER,
    PUBLISHED,
    STRANGER_KEY,
    TERMS,
    resigned,
    sample_job,
)

JOB = sample_job()
FOREIGN_JOB = compose_job_id(compose_batch_id(ControllerId(2), 5), 0)
RETIRED = ControllerKey(CONTROLLER_KEY.address, NOW)
STRANGER = ControllerKey(STRANGER_KEY.address, None)
OTHER_IMAGE = Bytes32(b"\x99" * 32)
ELSEWHERE = replace(MANIFEST, image=replace(MANIFEST.image, repository="elsewhere.example/echo"))


def test_decide_admission__fitting_job__admitted_with_its_reserve() -> None:
    decision = decide_admission(JOB, HOUSE, CIRCUMSTANCES)
    assert decision == Admitted(PUBLISHED, MANIFEST, reserved_cost(TERMS, OFFER))


@pytest.mark.parametrize(
    ("job", "reason"),
    [
        (resigned(JOB, provider_id=ProviderId(8)), RefusalReason.OTHER_PARTY),
        (resigned(JOB, job_id=JobId(FOREIGN_JOB)), RefusalReason.OTHER_PARTY),
        (replace(JOB, assignment=replace(JOB.assignment, price=Price(1))), RefusalReason.BAD_SIGNATURE),
        (replace(JOB, work=replace(JOB.work, attempt=2)), RefusalReason.WORK_MISMATCH),
        (resigned(JOB, deadline=UnixSeconds(NOW + 4)), RefusalReason.DEADLINE),
        (resigned(JOB, deadline=NOW), RefusalReason.DEADLINE),
        (replace(JOB, input=replace(JOB.input, size_bytes=6 * 2**20 + 1)), RefusalReason.LIMITS),
    ],
)
def test_decide_admission__job_that_does_not_fit__refused(job: AssignedJob, reason: RefusalReason) -> None:
    assert refused(job, CIRCUMSTANCES) is reason


@pytest.mark.parametrize(
    ("circumstances", "reason"),
    [
        (replace(CIRCUMSTANCES, controller_id=ControllerId(2)), RefusalReason.OTHER_PARTY),
        (replace(CIRCUMSTANCES, controller=None), RefusalReason.CONTROLLER_RETIRED),
        (replace(CIRCUMSTANCES, controller=RETIRED), RefusalReason.CONTROLLER_RETIRED),
        (replace(CIRCUMSTANCES, controller=STRANGER), RefusalReason.BAD_SIGNATURE),
        (replace(CIRCUMSTANCES, is_price_asked=False), RefusalReason.PRICE),
        (replace(CIRCUMSTANCES, version=None), RefusalReason.UNKNOWN_VERSION),
        (replace(CIRCUMSTANCES, version=replace(PUBLISHED, manifest=b"{")), RefusalReason.BAD_MANIFEST),
        (
            replace(CIRCUMSTANCES, version=replace(PUBLISHED, image_digest=OTHER_IMAGE)),
            RefusalReason.DIGEST_MISMATCH,
        ),
        (
            replace(CIRCUMSTANCES, version=replace(PUBLISHED, manifest=ELSEWHERE.canonical_bytes)),
            RefusalReason.REPOSITORY,
        ),
    ],
)
def test_decide_admission__circumstances_that_forbid_it__refused(
    circumstances: Circumstances, reason: RefusalReason
) -> None:
    assert refused(JOB, circumstances) is reason


def test_decide_admission__deadline_just_far_enough__admitted() -> None:
    job = resigned(JOB, deadline=UnixSeconds(NOW + TERMS.timeout_ms // 1_000))
    assert isinstance(decide_admission(job, HOUSE, CIRCUMSTANCES), Admitted)


@pytest.mark.parametrize(("content", "fits"), [(b"input", True), (b"", False), (b"input ", False)])
def test_check_input__contents__only_the_one_that_was_assigned(content: bytes, fits: bool) -> None:
    assert (check_input(JOB.work, content) is None) is fits


def refused(job: AssignedJob, circumstances: Circumstances) -> RefusalReason:
    decision = decide_admission(job, HOUSE, circumstances)
    assert isinstance(decision, Refusal)
    assert decision.sentence
    return decision.reason
