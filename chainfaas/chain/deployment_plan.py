"""What is to be deployed: the contracts' constructor arguments, and the addresses that they will have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from eth_abi.abi import encode
from eth_abi.exceptions import EncodingError

from chainfaas.chain.artefacts import load_artefact
from chainfaas.chain.deployments import FUNCTIONS, LEDGER, PEERS, PROVIDERS, TOKEN
from chainfaas.chain.reverts import abi_type
from chainfaas.domain.amounts import TokenAmount, token_amount
from chainfaas.domain.errors import ConfigurationError
from chainfaas.domain.identifiers import Address
from chainfaas.domain.keccak import keccak256
from chainfaas.domain.windows import Windows

TOKEN_SUPPLY: Final = token_amount(10**9 * 10**18)
"""A thousand million tokens; the supply never changes."""

_RLP_TEXT = 0x80
_RLP_LIST = 0xC0


@dataclass(frozen=True, slots=True)
class PlannedPeer:
    """A peer at deployment.

    Attributes:
        validator: The address that its node seals with.
        payout: Where its commissions go.
        name: What people call it.
    """

    validator: Address
    payout: Address
    name: str


@dataclass(frozen=True, slots=True)
class PlannedController:
    """A controller at deployment; its id is its place in the plan, counted from 1.

    Attributes:
        peer: The validator of the peer that runs it.
        key: What it signs and sends with, for ever.
        payout: Where its commissions go, for ever.
    """

    peer: Address
    key: Address
    payout: Address


@dataclass(frozen=True, slots=True)
class DeploymentPlan:
    """One network's contracts.

    Attributes:
        token_holder: Who gets the whole supply of the token.
        peers: The peers, at least one.
        controllers: The controllers.
        windows: The spans of time and the commission.
        is_dev: Whether the tokens are to be worth nothing.
        coin: Accounts that are given coin at the same time, with wei.
        token_supply: How many tokens there will ever be.
    """

    token_holder: Address
    peers: tuple[PlannedPeer, ...]
    controllers: tuple[PlannedController, ...]
    windows: Windows
    is_dev: bool
    coin: tuple[tuple[Address, int], ...] = ()
    token_supply: TokenAmount = TOKEN_SUPPLY

    def creation_data(self, name: str, addresses: Mapping[str, Address]) -> bytes:
        """Return what the transaction that makes a contract carries.

        Args:
            name: One of `CONTRACT_NAMES`.
            addresses: Where the contracts before it are.

        Raises:
            ArtefactError: The contract's artefact is missing or damaged.
            ConfigurationError: A planned value does not fit.
        """
        artefact = load_artefact(name)
        constructor = next(item for item in artefact.abi if item["type"] == "constructor")
        types = [abi_type(parameter) for parameter in constructor["inputs"]]
        try:
            return artefact.bytecode + encode(types, self._arguments(name, addresses))
        except EncodingError as fault:
            raise ConfigurationError(f"{name} cannot be deployed like this: {fault}") from fault

    def _arguments(self, name: str, addresses: Mapping[str, Address]) -> tuple[object, ...]:
        times = (self.windows.job_life_seconds, self.windows.grace_seconds)
        if name == TOKEN:
            return (self.token_holder.raw, self.token_supply)
        if name == PEERS:
            peers = [(each.validator.raw, each.payout.raw, each.name) for each in self.peers]
            return (peers, [(each.peer.raw, each.key.raw, each.payout.raw) for each in self.controllers])
        if name == PROVIDERS:
            return (addresses[TOKEN].raw, *times)
        if name == FUNCTIONS:
            return times
        if name == LEDGER:
            others = (addresses[each].raw for each in (TOKEN, PEERS, PROVIDERS, FUNCTIONS))
            return (*others, *times, self.windows.claim_seconds, self.windows.commission_bps)
        raise ConfigurationError(f"There is no contract {name!r} to deploy.")


def created_address(creator: Address, nonce: int) -> Address:
    """Return the address of the contract that a transaction makes (yellow paper, section 7).

    Args:
        creator: Who sends it.
        nonce: Its number.
    """
    number = nonce.to_bytes((nonce.bit_length() + 7) // 8, "big")
    payload = _rlp_text(creator.raw) + _rlp_text(number)
    return Address(keccak256(bytes((_RLP_LIST + len(payload),)) + payload)[-20:])


def _rlp_text(text: bytes) -> bytes:
    # Recursive length prefix (yellow paper, appendix B), for texts of at most 55 bytes.
    is_its_own_code = len(text) == 1 and text[0] < _RLP_TEXT
    return text if is_its_own_code else bytes((_RLP_TEXT + len(text),)) + text
