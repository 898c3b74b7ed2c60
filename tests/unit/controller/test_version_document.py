from __future__ import annotations

from chainfaas.controller.api.documents import version_json
from chainfaas.controller.storage.chain_view import KnownVersion
from chainfaas.domain.amounts import MaxCost
from chainfaas.domain.identifiers import Address, FunctionId, VersionId
from chainfaas.domain.prices import Terms


def test_version_json__cost_cap__in_base_units() -> None:
    terms = Terms(MaxCost(10_000_000), 64, 5_000)
    version = KnownVersion(VersionId(1), FunctionId(1), Address(b"\x01" * 20), terms, None)
    assert version_json(version)["maxCost"] == str(10**16)
