from __future__ import annotations

from pathlib import Path

from chainfaas.cli.onboarding_report import OnboardingReport
from chainfaas.domain.amounts import BaseFee, Price
from chainfaas.domain.identifiers import Address
from chainfaas.domain.prices import Offer
from chainfaas.provider.bootstrap.readiness import ReadinessCheck
from chainfaas.provider.offers.proposal import propose_offer

CHECKS = (
    ReadinessCheck("disk", holds=True, found="9 GiB free"),
    ReadinessCheck("node", holds=False, found="no answer", remedy="Start it."),
)
PROPOSAL = propose_offer([Offer(BaseFee(10**15), Price(7))])


def report(proposal: bool) -> OnboardingReport:
    found = PROPOSAL if proposal else None
    fault = "" if proposal else "The node is \x1b[31msilent."
    return OnboardingReport("main", Path("/p"), Address(b"\x01" * 20), CHECKS, found, fault)


def test_lines__something_missing__remedy_below_it_and_offer_as_command() -> None:
    lines = [line.plain for line in report(proposal=True).lines()]
    assert lines[1:4] == ["✓ disk  9 GiB free", "✗ node  no answer", "  → Start it."]
    assert lines[-1] == "→ chainfaas provider register main --base-fee 0.001 --price 7 --wallet OWNER"
    assert report(proposal=True).document()["ready"] is False


def test_lines__network_silent__said_harmlessly() -> None:
    text = "\n".join(line.plain for line in report(proposal=False).lines())
    assert "\x1b" not in text
    assert "not known" in text
