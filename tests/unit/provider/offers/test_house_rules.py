from __future__ import annotations

from dataclasses import replace

import pytest

from chainfaas.domain.identifiers import Address
from chainfaas.provider.offers.admission import Admitted, RefusalReason, decide_admission
from chainfaas.provider.offers.house_rules import HouseRules
from tests.unit.provider.provider_samples import CIRCUMSTANCES, HOUSE, MANIFEST, PUBLISHED, sample_job

JOB = sample_job()
DEVELOPER, OTHER = PUBLISHED.developer, Address(b"\x77" * 20)


def admitted() -> Admitted:
    decision = decide_admission(JOB, HOUSE, CIRCUMSTANCES)
    assert isinstance(decision, Admitted)
    return decision


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        (HouseRules(), None),
        (HouseRules(owners_allowed=frozenset({DEVELOPER})), None),
        (HouseRules(owners_allowed=frozenset({OTHER})), RefusalReason.OWNER),
        (HouseRules(owners_denied=frozenset({OTHER})), None),
        (HouseRules(owners_denied=frozenset({DEVELOPER})), RefusalReason.OWNER),
        (
            HouseRules(owners_allowed=frozenset({DEVELOPER}), owners_denied=frozenset({DEVELOPER})),
            RefusalReason.OWNER,
        ),
        (HouseRules(images_denied=("registry.example",)), RefusalReason.IMAGE),
        (HouseRules(images_denied=("registry.example/echo",)), RefusalReason.IMAGE),
        (HouseRules(images_denied=("registry.example/ec",)), None),
        (HouseRules(images_denied=(MANIFEST.image.digest,)), RefusalReason.IMAGE),
        (HouseRules(images_denied=("sha256:" + "cd" * 32,)), None),
        (HouseRules(ask=lambda facts: None), None),
        (HouseRules(ask=lambda facts: "No."), RefusalReason.HOOK),
    ],
)
def test_decide__rules__first_that_forbids(rules: HouseRules, reason: RefusalReason | None) -> None:
    refusal = rules.decide(JOB, admitted())
    assert (None if refusal is None else refusal.reason) is reason


def test_decide__denied_by_a_list__hook_is_not_asked() -> None:
    asked: list[dict[str, object]] = []
    rules = HouseRules(ask=asked.append)
    rules.decide(JOB, admitted())
    replace(rules, owners_denied=frozenset({DEVELOPER})).decide(JOB, admitted())
    (facts,) = asked
    assert facts["developer"] == str(DEVELOPER)
    assert facts["mostCost"] == str(admitted().reserved)
