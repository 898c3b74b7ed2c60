"""Requests that contracts refuse: one row a case, with the error's name and its fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import cast

from chainfaas.chain.bindings.contract_call import ContractCall
from chainfaas.chain.bindings.monitoring_ledger import SkipReason
from chainfaas.domain.amounts import TOKEN, TokenAmount
from chainfaas.domain.identifiers import ChainId, ControllerId
from chainfaas.domain.masks import Mask
from chainfaas.domain.signatures import CURVE_ORDER, Signature, SigningKey
from chainfaas.domain.typed_data import SigningDomain, hash_settlement
from tests.integration.bad_input.ledger_scene import CID, UNKNOWN_VERSION, VERSION, LedgerScene, whole
from tests.integration.deployed_network import address_of

STRANGER = SigningKey(b"\x07" * 32)
ANYTHING = ...
"""Stands for a field that a row does not know."""


@dataclass(frozen=True)
class BadCall:
    """A request that a contract refuses."""

    sender: str
    """Field of the scene that holds the key; the controller's if there is none."""
    call: Callable[[LedgerScene], ContractCall]
    error: str
    fields: Callable[[LedgerScene], tuple[object, ...]]


def settlement(scene: LedgerScene, *, key: SigningKey | None = None) -> ContractCall:
    parts = [whole(scene.batch())]
    return scene.contracts.jobs.settle(parts, scene.sign_settlement(parts, key), TokenAmount(0))


def settlement_signed_elsewhere(scene: LedgerScene, *, other_chain: bool) -> ContractCall:
    parts = [whole(scene.batch())]
    chain, ledger = scene.domain.chain_id, scene.domain.ledger
    other = (
        SigningDomain(ChainId(chain + 1), ledger)
        if other_chain
        else SigningDomain(chain, scene.contracts.token.address)
    )
    signature = scene.controller.sign(other.digest(hash_settlement(parts)))
    return scene.contracts.jobs.settle(parts, signature, TokenAmount(0))


def settlement_with_bytes(scene: LedgerScene, change: Callable[[bytes], bytes]) -> ContractCall:
    """A signature in a form that our own type refuses to hold, so that the contract has to."""
    parts = [whole(scene.batch())]
    raw = change(scene.sign_settlement(parts).raw)
    return scene.contracts.jobs.settle(parts, cast("Signature", SimpleNamespace(raw=raw)), TokenAmount(0))


def with_high_s(raw: bytes) -> bytes:
    s = CURVE_ORDER - int.from_bytes(raw[32:64], "big")
    return raw[:32] + s.to_bytes(32, "big") + bytes([55 - raw[64]])


def compact(raw: bytes) -> bytes:
    """The 64 bytes of EIP-2098."""
    y_and_s = int.from_bytes(raw[32:64], "big") | (raw[64] - 27) << 255
    return raw[:32] + y_and_s.to_bytes(32, "big")


def unpaid(scene: LedgerScene, *versions: object) -> ContractCall:
    parts = [whole(scene.batch(*versions))]  # type: ignore[arg-type]
    return scene.contracts.jobs.settle(parts, scene.sign_settlement(parts), TokenAmount(0))


def other_orders(scene: LedgerScene) -> ContractCall:
    swapped = replace(scene.opened, orders=scene.opened.orders[::-1])
    return scene.contracts.jobs.decline(swapped, Mask(1), 1)


def settlement_of_other_orders(scene: LedgerScene) -> ContractCall:
    parts = [whole(replace(scene.opened, orders=scene.opened.orders[::-1]))]
    return scene.contracts.jobs.settle(parts, scene.sign_settlement(parts), TokenAmount(0))


def used_number(scene: LedgerScene) -> ContractCall:
    return scene.contracts.jobs.open_signed(scene.recorded, scene.sign_assignments(scene.recorded))


def settlement_of_recorded(scene: LedgerScene) -> ContractCall:
    parts = [whole(scene.recorded)]
    return scene.contracts.jobs.settle(parts, scene.sign_settlement(parts), TokenAmount(0))


def passed_deadline(scene: LedgerScene) -> ContractCall:
    batch = scene.batch(deadline=scene.now() - 1)
    return scene.contracts.jobs.open_signed(batch, scene.sign_assignments(batch))


def assignments_of_another(scene: LedgerScene) -> ContractCall:
    batch = scene.batch()
    return scene.contracts.jobs.open_signed(batch, scene.sign_assignments(batch, STRANGER))


def refused_batch(reason: SkipReason) -> Callable[[LedgerScene], tuple[object, ...]]:
    batches = {SkipReason.NUMBER_USED: "recorded", SkipReason.HASH_MISMATCH: "opened"}
    return lambda scene: (getattr(scene, batches[reason]).batch_id, int(reason))


def nothing(scene: LedgerScene) -> tuple[object, ...]:
    del scene
    return ()


def the_controller(scene: LedgerScene) -> tuple[object, ...]:
    del scene
    return (CID,)


BAD_CALLS = {
    "unknown version": BadCall(
        "provider",
        lambda scene: unpaid(scene, UNKNOWN_VERSION),
        "MonitoringLedger_NothingToSettle",
        nothing,
    ),
    "unknown version set live": BadCall(
        "developer",
        lambda scene: scene.contracts.functions.set_live(scene.function, UNKNOWN_VERSION),
        "FunctionRegistry_VersionOfAnother",
        lambda scene: (scene.function, UNKNOWN_VERSION),
    ),
    "retired function": BadCall(
        "developer",
        lambda scene: scene.contracts.functions.publish(scene.retired, VERSION, live=True),
        "FunctionRegistry_Retired",
        lambda scene: (scene.retired,),
    ),
    "function of another": BadCall(
        "pauper",
        lambda scene: scene.contracts.functions.publish(scene.function, VERSION, live=True),
        "FunctionRegistry_NotOwner",
        lambda scene: (scene.function, str(address_of(scene.pauper)).lower()),
    ),
    "empty escrow": BadCall(
        "provider",
        lambda scene: unpaid(scene, scene.paupers_version),
        "MonitoringLedger_NothingToSettle",
        nothing,
    ),
    "more than the balance": BadCall(
        "developer",
        lambda scene: scene.contracts.money.withdraw(address_of(scene.developer), TokenAmount(6 * TOKEN)),
        "MonetaryLedger_BalanceTooSmall",
        lambda scene: (str(address_of(scene.developer)).lower(), 5 * TOKEN, 6 * TOKEN),
    ),
    "escrow of no controller": BadCall(
        "developer",
        lambda scene: scene.contracts.money.fund(
            replace(scene.funding(TokenAmount(TOKEN)), controller=ControllerId(999))
        ),
        "MonetaryLedger_NoController",
        lambda _: (999,),
    ),
    "orders that do not hash": BadCall(
        "provider", other_orders, "MonitoringLedger_Refused", refused_batch(SkipReason.HASH_MISMATCH)
    ),
    "orders that do not hash, settled": BadCall(
        "provider", settlement_of_other_orders, "MonitoringLedger_NothingToSettle", nothing
    ),
    "signature of another": BadCall(
        "provider",
        lambda scene: settlement(scene, key=STRANGER),
        "MonitoringLedger_BadSignature",
        the_controller,
    ),
    "assignment signed by another": BadCall(
        "provider", assignments_of_another, "MonitoringLedger_BadSignature", the_controller
    ),
    "signature on another chain": BadCall(
        "provider",
        lambda scene: settlement_signed_elsewhere(scene, other_chain=True),
        "MonitoringLedger_BadSignature",
        the_controller,
    ),
    "signature for another contract": BadCall(
        "provider",
        lambda scene: settlement_signed_elsewhere(scene, other_chain=False),
        "MonitoringLedger_BadSignature",
        the_controller,
    ),
    "high s": BadCall(
        "provider",
        lambda scene: settlement_with_bytes(scene, with_high_s),
        "MonitoringLedger_BadSignature",
        the_controller,
    ),
    "64 bytes": BadCall(
        "provider",
        lambda scene: settlement_with_bytes(scene, compact),
        "MonitoringLedger_BadSignature",
        the_controller,
    ),
    "expired": BadCall(
        "provider",
        passed_deadline,
        "MonitoringLedger_Refused",
        lambda scene: (ANYTHING, int(SkipReason.DEADLINE_PASSED)),
    ),
    "used number": BadCall(
        "provider", used_number, "MonitoringLedger_Refused", refused_batch(SkipReason.NUMBER_USED)
    ),
    "used number, settled": BadCall(
        "provider", settlement_of_recorded, "MonitoringLedger_NothingToSettle", nothing
    ),
    "settled by the controller": BadCall(
        "controller",
        settlement,
        "MonitoringLedger_NotProvider",
        lambda scene: (scene.provider_id, str(scene.controller.address).lower()),
    ),
    "opened by another": BadCall(
        "developer",
        lambda scene: scene.contracts.jobs.open([scene.batch()]),
        "MonitoringLedger_NotController",
        lambda scene: (CID, str(address_of(scene.developer)).lower()),
    ),
    "expire before its time": BadCall(
        "developer",
        lambda scene: scene.contracts.jobs.expire(scene.opened, Mask(3)),
        "MonitoringLedger_NotExpired",
        lambda scene: (scene.opened.batch_id, scene.opened.deadline + 20),
    ),
}
