from __future__ import annotations

from dataclasses import replace

import pytest
from eth_abi.abi import decode
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st
from web3 import Web3
from web3.types import Nonce
from web3.utils import get_create_address

from chainfaas.chain.artefacts import load_artefact
from chainfaas.chain.deployment_plan import (
    TOKEN_SUPPLY,
    DeploymentPlan,
    PlannedController,
    PlannedPeer,
    created_address,
)
from chainfaas.chain.deployments import CONTRACT_NAMES, FUNCTIONS, LEDGER, PEERS, PROVIDERS, TOKEN
from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.errors import ConfigurationError
from chainfaas.domain.identifiers import Address
from chainfaas.domain.windows import DEV_WINDOWS

HOLDER, VALIDATOR, PAYOUT, KEY = (Address(bytes((number,)) * 20) for number in range(1, 5))
PLAN = DeploymentPlan(
    token_holder=HOLDER,
    peers=(PlannedPeer(VALIDATOR, PAYOUT, "peer-1"),),
    controllers=(PlannedController(VALIDATOR, KEY, PAYOUT),),
    windows=DEV_WINDOWS,
    is_dev=True,
)
ADDRESSES = {name: Address(bytes((number,)) * 20) for number, name in enumerate(CONTRACT_NAMES, start=16)}


@pytest.mark.parametrize(
    ("nonce", "address"),
    [
        # Known from the first contracts of an account that many have used in examples.
        (0, "0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d"),
        (1, "0x343c43a37d37dff08ae8c4a11544c718abb4fcf8"),
        (2, "0xf778b86fa74e846c4f0a1fbd1335fe81c00a0c91"),
        (3, "0xfffd933a0bc612844eaf0c6fe3e5b8e9b6c1d19c"),
    ],
)
def test_created_address__known_account__known_contracts(nonce: int, address: str) -> None:
    creator = Address.parse("0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0")
    assert created_address(creator, nonce) == Address.parse(address)


@given(st.binary(min_size=20, max_size=20), st.integers(0, 2**64 - 2))
def test_created_address__any_nonce__as_web3_says(creator: bytes, nonce: int) -> None:
    theirs = get_create_address(to_checksum_address(creator), Nonce(nonce))
    assert str(created_address(Address(creator), nonce)) == theirs


@pytest.mark.parametrize(
    ("name", "types", "expected"),
    [
        (TOKEN, ["address", "uint256"], (HOLDER, TOKEN_SUPPLY)),
        (PROVIDERS, ["address", "uint32", "uint32"], (ADDRESSES[TOKEN], 120, 10)),
        (FUNCTIONS, ["uint32", "uint32"], (120, 10)),
        (
            LEDGER,
            ["address"] * 4 + ["uint32"] * 3 + ["uint16"],
            (*(ADDRESSES[name] for name in (TOKEN, PEERS, PROVIDERS, FUNCTIONS)), 120, 10, 20, 200),
        ),
    ],
)
def test_creation_data__each_contract__bytecode_and_its_arguments(
    name: str, types: list[str], expected: tuple[object, ...]
) -> None:
    data = PLAN.creation_data(name, ADDRESSES)
    code = load_artefact(name).bytecode
    assert data.startswith(code)
    shown = tuple(str(each).lower() if isinstance(each, Address) else each for each in expected)
    assert decode(types, data[len(code) :]) == shown


def test_creation_data__peer_registry__as_web3_encodes_it() -> None:
    artefact = load_artefact(PEERS)
    peers = [(str(VALIDATOR), str(PAYOUT), "peer-1")]
    controllers = [(str(VALIDATOR), str(KEY), str(PAYOUT))]
    factory = Web3().eth.contract(abi=artefact.abi, bytecode=artefact.bytecode)
    theirs = factory.constructor(peers, controllers).data_in_transaction
    assert PLAN.creation_data(PEERS, {}) == bytes.fromhex(theirs[2:])


def test_creation_data__supply_that_no_field_holds__refused() -> None:
    plan = replace(PLAN, token_supply=TokenAmount(2**256))
    with pytest.raises(ConfigurationError, match="ChainFaaSToken"):
        plan.creation_data(TOKEN, {})


def test_creation_data__unknown_contract__refused() -> None:
    with pytest.raises(ConfigurationError, match="JobRun"):
        PLAN.creation_data("JobRun", {})
