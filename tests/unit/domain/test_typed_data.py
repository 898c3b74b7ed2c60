"""Every hash equals the one of eth-account's general encoder."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account.messages import _hash_eip191_message
from hypothesis import given, settings
from hypothesis import strategies as st

from chainfaas.domain.assignments import Assignment, Work
from chainfaas.domain.batches import Batch, Part
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.errors import InvalidIdentifierError
from chainfaas.domain.identifiers import ZERO_ADDRESS, ChainId
from chainfaas.domain.leases import Lease
from chainfaas.domain.receipts import Receipt
from chainfaas.domain.sessions import Session
from chainfaas.domain.typed_data import (
    SigningDomain,
    hash_assignment,
    hash_batch,
    hash_lease,
    hash_part,
    hash_receipt,
    hash_session,
    hash_settlement,
    hash_work,
)
from tests.unit.domain import strategies as some
from tests.unit.domain.eip712_messages import (
    assignment_message,
    batch_message,
    encode,
    lease_message,
    part_message,
    receipt_message,
    session_message,
    work_message,
)


def assert_equal_to_eth_account(
    domain: SigningDomain, primary_type: str, message: dict[str, Any], struct_hash: Bytes32
) -> None:
    general = encode(domain, primary_type, message)
    assert general.header == domain.separator
    assert general.body == struct_hash
    assert bytes(_hash_eip191_message(general)) == domain.digest(struct_hash)


@given(some.domains, some.batches())
@settings(max_examples=50)
def test_hash_batch__any_batch__equals_eth_account(domain: SigningDomain, batch: Batch) -> None:
    assert_equal_to_eth_account(domain, "Batch", batch_message(batch), hash_batch(batch))


@given(some.domains, some.parts())
@settings(max_examples=50)
def test_hash_part__any_part__equals_eth_account(domain: SigningDomain, part: Part) -> None:
    assert_equal_to_eth_account(domain, "Part", part_message(part), hash_part(part))


@given(some.domains, st.lists(some.parts(), max_size=3))
@settings(max_examples=30)
def test_hash_settlement__any_parts__equals_eth_account(domain: SigningDomain, parts: list[Part]) -> None:
    message = {"parts": [part_message(part) for part in parts]}
    assert_equal_to_eth_account(domain, "Settlement", message, hash_settlement(parts))


@given(some.domains, some.assignments)
def test_hash_assignment__any__equals_eth_account(domain: SigningDomain, assignment: Assignment) -> None:
    assert_equal_to_eth_account(
        domain, "Assignment", assignment_message(assignment), hash_assignment(assignment)
    )


@given(some.domains, some.works)
def test_hash_work__any__equals_eth_account(domain: SigningDomain, work: Work) -> None:
    assert_equal_to_eth_account(domain, "Work", work_message(work), hash_work(work))


@given(some.domains, some.leases)
def test_hash_lease__any__equals_eth_account(domain: SigningDomain, lease: Lease) -> None:
    assert_equal_to_eth_account(domain, "Lease", lease_message(lease), hash_lease(lease))


@given(some.domains, some.receipts)
def test_hash_receipt__any__equals_eth_account(domain: SigningDomain, receipt: Receipt) -> None:
    assert_equal_to_eth_account(domain, "Receipt", receipt_message(receipt), hash_receipt(receipt))


@given(some.domains, some.sessions)
def test_hash_session__any__equals_eth_account(domain: SigningDomain, session: Session) -> None:
    assert_equal_to_eth_account(domain, "Session", session_message(session), hash_session(session))


@given(some.domains, some.domains, some.digests)
def test_digest__two_networks__differ(one: SigningDomain, other: SigningDomain, struct_hash: Bytes32) -> None:
    assert (one.digest(struct_hash) == other.digest(struct_hash)) == (one == other)


@pytest.mark.parametrize("number", [0, -1, 2**53])
def test_signing_domain__chain_id_no_wallet_takes__refused(number: int) -> None:
    with pytest.raises(InvalidIdentifierError):
        SigningDomain(ChainId(number), ZERO_ADDRESS)
