from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given
from web3 import Web3
from web3.providers.base import JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse

from chainfaas.chain.artefacts import artefact_names, load_artefact
from chainfaas.chain.bindings.bound_contract import BoundContract, abi_functions
from chainfaas.chain.bindings.contract_call import ContractCall
from chainfaas.chain.bindings.function_registry import FunctionRegistry, NewVersion
from chainfaas.chain.bindings.monetary_ledger import Funding, MonetaryLedger
from chainfaas.chain.bindings.monitoring_ledger import MonitoringLedger, SkipReason
from chainfaas.chain.bindings.peer_registry import PeerRegistry
from chainfaas.chain.bindings.provider_registry import ProviderRegistry
from chainfaas.chain.bindings.refusals import REMEDIES, ContractRefusedError, contract_errors
from chainfaas.chain.bindings.token import ChainFaaSToken, Permit
from chainfaas.chain.errors import ChainUnreachableError
from chainfaas.domain.amounts import TOKEN, BaseFee, JobCap, MaxCost, Price, TokenAmount
from chainfaas.domain.batches import Batch, Part
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.errors import InvalidInputError
from chainfaas.domain.identifiers import Address, BatchId, ControllerId, FunctionId, ProviderId, VersionId
from chainfaas.domain.keccak import keccak256
from chainfaas.domain.manifests import Image, Manifest, Mode, Warm
from chainfaas.domain.masks import Mask
from chainfaas.domain.orders import Order
from chainfaas.domain.outcomes import Status
from chainfaas.domain.prices import Offer, Terms
from chainfaas.domain.records import Record
from chainfaas.domain.signatures import SigningKey
from chainfaas.domain.times import UnixSeconds
from tests.unit.domain import strategies as some

HERE, SOMEBODY, OTHER = (Address(bytes((number,)) * 20) for number in (1, 2, 3))


class SilentProvider(JSONBaseProvider):
    """A node that never answers."""

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:  # noqa: ANN401 - as web3 has it
        raise ConnectionRefusedError(method)


NOWHERE = Web3(SilentProvider())
BINDINGS: dict[str, tuple[type[BoundContract], ...]] = {
    "ChainFaaSToken": (ChainFaaSToken,),
    "PeerRegistry": (PeerRegistry,),
    "ProviderRegistry": (ProviderRegistry,),
    "FunctionRegistry": (FunctionRegistry,),
    "MonitoringLedger": (MonetaryLedger, MonitoringLedger),
}
SIGNATURE = SigningKey(b"\x07" * 32).sign(Bytes32(bytes(32)))
DETAILS = Bytes32(b"\x05" * 32)
BATCH = Batch(
    batch_id=BatchId(1 << 42 | 9),
    provider_id=ProviderId(3),
    base_fee=BaseFee(10),
    price=Price(11),
    deadline=UnixSeconds(1_700_000_000),
    orders=(Order(VersionId(5), DETAILS),),
)
PART = Part(BATCH, Mask(1), (Record(Status.SUCCEEDED, 7, DETAILS),))
BATCH_FIELDS = (1 << 42 | 9, 3, 10, 11, 1_700_000_000, (5).to_bytes(4, "big") + DETAILS)
PART_FIELDS = (BATCH_FIELDS, 1, b"\x01" + (7).to_bytes(4, "big") + DETAILS)
FUNDING = Funding(ControllerId(1), TokenAmount(2 * TOKEN), JobCap(3), UnixSeconds(4_000_000_000))
FUNDING_FIELDS = (1, 2 * TOKEN, 3, 4_000_000_000)
PERMIT = Permit(SOMEBODY, HERE, 5, 6, 7)
VRS = (SIGNATURE.v, SIGNATURE.raw[:32], SIGNATURE.raw[32:64])
MANIFEST = Manifest(
    image=Image("registry.example/echo", "sha256:" + "ab" * 32),
    content_type="text/plain",
    mode=Mode.ONESHOT,
    warm=Warm(prestart=True, reuse=False),
    environment=(),
    output_limit_bytes=1024,
)
VERSION = NewVersion(Terms(MaxCost(9), 64, 2_000), MANIFEST)
VERSION_FIELDS = (9, 64, 2_000, b"\xab" * 32, bytes(32), MANIFEST.canonical_bytes)
OFFER = Offer(BaseFee(10), Price(11))

token, peers = ChainFaaSToken(NOWHERE, HERE), PeerRegistry(NOWHERE, HERE)
providers, functions = ProviderRegistry(NOWHERE, HERE), FunctionRegistry(NOWHERE, HERE)
money, jobs = MonetaryLedger(NOWHERE, HERE), MonitoringLedger(NOWHERE, HERE)

WRITES: list[tuple[ContractCall, str, tuple[object, ...]]] = [
    (token.transfer(SOMEBODY, TOKEN), "transfer", (SOMEBODY, TOKEN)),
    (token.approve(SOMEBODY, 2**256 - 1), "approve", (SOMEBODY, 2**256 - 1)),
    (token.transfer_from(SOMEBODY, OTHER, TOKEN), "transferFrom", (SOMEBODY, OTHER, TOKEN)),
    (token.permit(PERMIT, SIGNATURE), "permit", (SOMEBODY, HERE, 5, 7, *VRS)),
    (peers.set_payout(SOMEBODY), "setPayout", (SOMEBODY,)),
    (peers.retire_controller(ControllerId(2)), "retireController", (2,)),
    (providers.register(SOMEBODY, OTHER, OFFER, "{}"), "register", (SOMEBODY, OTHER, 10, 11, "{}")),
    (providers.set_owner(ProviderId(1), OTHER), "setOwner", (1, OTHER)),
    (providers.set_operator(ProviderId(1), OTHER), "setOperator", (1, OTHER)),
    (providers.set_payout(ProviderId(1), OTHER), "setPayout", (1, OTHER)),
    (providers.set_metadata(ProviderId(1), "é"), "setMetadata", (1, "é")),
    (providers.set_offer(ProviderId(1), OFFER), "setOffer", (1, 10, 11)),
    (providers.stake(ProviderId(1), TOKEN), "stake", (1, TOKEN)),
    (providers.unbond(ProviderId(1), TOKEN), "unbond", (1, TOKEN)),
    (providers.withdraw_stake(ProviderId(1), OTHER), "withdrawStake", (1, OTHER)),
    (functions.create(), "create", ()),
    (functions.publish(FunctionId(1), VERSION, live=True), "publish", (1, VERSION_FIELDS, True)),
    (functions.set_live(FunctionId(1), VersionId(4)), "setLive", (1, 4)),
    (functions.set_live(FunctionId(1), None), "setLive", (1, 0)),
    (functions.retire(FunctionId(1)), "retire", (1,)),
    (functions.transfer(FunctionId(1), OTHER), "transfer", (1, OTHER)),
    (money.deposit(TOKEN), "deposit", (TOKEN,)),
    (money.deposit_for(SOMEBODY, TOKEN), "depositFor", (SOMEBODY, TOKEN)),
    (money.deposit_and_fund(TOKEN, FUNDING), "depositAndFund", (TOKEN, FUNDING_FIELDS)),
    (
        money.deposit_with_permit(TOKEN, 7, SIGNATURE, FUNDING),
        "depositWithPermit",
        (TOKEN, 7, *VRS, FUNDING_FIELDS),
    ),
    (
        money.deposit_with_permit(TOKEN, 7, SIGNATURE, None),
        "depositWithPermit",
        (TOKEN, 7, *VRS, (0, 0, 0, 0)),
    ),
    (money.withdraw(OTHER, TOKEN), "withdraw", (OTHER, TOKEN)),
    (money.fund(FUNDING), "fund", (FUNDING_FIELDS,)),
    (money.revoke(ControllerId(1)), "revoke", (1,)),
    (money.close(ControllerId(1)), "close", (1,)),
    (money.distribute(), "distribute", ()),
    (jobs.open([BATCH, BATCH]), "open", ([BATCH_FIELDS, BATCH_FIELDS],)),
    (jobs.open_signed(BATCH, [SIGNATURE]), "openSigned", (BATCH_FIELDS, SIGNATURE.raw)),
    (jobs.settle([PART], SIGNATURE, TOKEN), "settle", ([PART_FIELDS], SIGNATURE.raw, TOKEN)),
    (jobs.decline(BATCH, Mask(1), 7), "decline", (BATCH_FIELDS, 1, 7)),
    (jobs.expire(BATCH, Mask(1)), "expire", (BATCH_FIELDS, 1)),
]


def snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


@pytest.mark.parametrize("name", artefact_names())
def test_binding__each_function_of_the_abi__has_a_method(name: str) -> None:
    missing = [
        function
        for function in abi_functions(name)
        if not any(snake_case(function) in vars(binding) for binding in BINDINGS[name])
    ]
    assert missing == []


@pytest.mark.parametrize("name", artefact_names())
def test_abi_functions__our_contracts__never_two_of_one_name(name: str) -> None:
    declared = [item["name"] for item in load_artefact(name).abi if item["type"] == "function"]
    assert sorted(declared) == sorted(abi_functions(name))


@pytest.mark.parametrize(("call", "function", "arguments"), WRITES, ids=lambda each: str(each)[:20])
def test_write__each_function__encoded_as_web3_does(
    call: ContractCall, function: str, arguments: tuple[object, ...]
) -> None:
    artefact = next(
        bindings[0].ARTEFACT
        for bindings in BINDINGS.values()
        if call.method.split(".")[0] in [each.__name__ for each in bindings]
    )
    shown = [str(each) if isinstance(each, Address) else each for each in arguments]
    theirs = Web3().eth.contract(abi=load_artefact(artefact).abi).encode_abi(function, shown)
    assert (call.to, call.data.hex(), call.value_wei) == (HERE, theirs[2:], 0)


def test_writes__table_above__holds_every_function_that_changes_something() -> None:
    written = {(call.method.split(".")[0], function) for call, function, _ in WRITES}
    declared = {
        (binding.__name__, item["name"])
        for name, bindings in BINDINGS.items()
        for item in load_artefact(name).abi
        for binding in bindings
        if item["type"] == "function" and item["stateMutability"] == "nonpayable"
        if snake_case(item["name"]) in vars(binding)
    }
    assert written == declared


@pytest.mark.parametrize(
    "write",
    [
        lambda: money.deposit(TokenAmount(-1)),
        lambda: money.deposit(TokenAmount(2**96)),
        lambda: money.deposit("7"),  # type: ignore[arg-type]
        lambda: money.withdraw("0x12", TOKEN),  # type: ignore[arg-type]
        lambda: money.revoke(ControllerId(2**16)),
        lambda: jobs.decline(BATCH, Mask(1), 256),
        lambda: providers.set_metadata(ProviderId(1), "\ud800"),
        lambda: Funding(ControllerId(0), TOKEN, JobCap(1), UnixSeconds(1)),
        lambda: Funding(ControllerId(1), TOKEN, JobCap(1), UnixSeconds(2**32)),
        lambda: NewVersion(VERSION.terms, MANIFEST, Bytes32(b"short")),
    ],
)
def test_write__value_that_no_field_holds__refused_before_anything_is_sent(
    write: Callable[[], object],
) -> None:
    with pytest.raises(InvalidInputError):
        write()


def test_read__no_node__unreachable() -> None:
    with pytest.raises(ChainUnreachableError, match="eth_call"):
        token.total_supply()


def declared_errors() -> set[str]:
    abis = (load_artefact(name).abi for name in artefact_names())
    return {item["name"] for abi in abis for item in abi if item["type"] == "error"}


def test_remedies__every_error_of_the_contracts__has_one_sentence() -> None:
    assert set(REMEDIES) == declared_errors() | {"Error", "Panic"}
    for sentence in REMEDIES.values():
        assert re.fullmatch(r"[A-Z].*\.", sentence)


def test_contract_errors__of_all_contracts__no_two_with_one_selector() -> None:
    signatures = {
        f"{item['name']}({','.join(each['type'] for each in item['inputs'])})"
        for name in artefact_names()
        for item in load_artefact(name).abi
        if item["type"] == "error"
    }
    assert len({keccak256(each.encode())[:4] for each in signatures}) == len(signatures)
    assert len(signatures) == len(declared_errors())


def test_contract_refused__known_error__name_arguments_and_remedy() -> None:
    selector = keccak256(b"MonitoringLedger_NotController(uint16,address)")[:4]
    data = selector + (7).to_bytes(32, "big") + bytes(12) + SOMEBODY.raw
    refused = ContractRefusedError("MonitoringLedger.open", contract_errors().decode(data))
    assert refused.reason.args == (7, "0x" + SOMEBODY.raw.hex())
    assert "MonitoringLedger_NotController(7, 0x0202" in refused.message
    assert refused.remedy == REMEDIES["MonitoringLedger_NotController"]
    assert refused.code == "contract-refused"


def test_contract_refused__unknown_error__still_typed() -> None:
    refused = ContractRefusedError("MonitoringLedger.open", contract_errors().decode(b"\1\2\3\4"))
    assert (refused.reason.name, "0x01020304" in refused.message) == ("", True)


@given(some.addresses, some.addresses, *(some.unsigned(256) for _ in range(3)), some.bytes32s)
def test_permit_digest__any_permit__as_eth_account_hashes_it(
    owner: Address, spender: Address, value: int, nonce: int, deadline: int, key: Bytes32
) -> None:
    fields = [("owner", "address"), ("spender", "address")]
    fields += [(name, "uint256") for name in ("value", "nonce", "deadline")]
    domain = {"name": "ChainFaaS Token", "version": "1", "chainId": 5, "verifyingContract": str(HERE)}
    message = {
        "owner": str(owner),
        "spender": str(spender),
        "value": value,
        "nonce": nonce,
        "deadline": deadline,
    }
    types = {"Permit": [{"name": name, "type": kind} for name, kind in fields]}
    theirs = encode_typed_data(domain, types, message)
    digest = Permit(owner, spender, value, nonce, deadline).digest(Bytes32(theirs.header))
    signer = SigningKey((int.from_bytes(key, "big") % 2**255 + 1).to_bytes(32, "big"))
    assert Account.recover_message(theirs, signature=signer.sign(digest).raw) == str(signer.address)


def test_entry__of_a_call__what_an_outbox_takes() -> None:
    call = money.deposit(TOKEN)
    entry = call.entry("deposit:1", SOMEBODY, gas_limit=100_000)
    assert (entry.dedupe_key, entry.signer, entry.to, entry.data) == ("deposit:1", SOMEBODY, HERE, call.data)
    assert (entry.value_wei, entry.gas_limit) == (0, 100_000)


def test_at_block__of_a_binding__leaves_the_binding_itself() -> None:
    earlier = money.at_block(7)
    assert (earlier.address, type(earlier)) == (money.address, MonetaryLedger)
    assert earlier is not money


def test_skip_reason__numbers__those_of_the_contract() -> None:
    assert [reason.value for reason in SkipReason] == list(range(9))
