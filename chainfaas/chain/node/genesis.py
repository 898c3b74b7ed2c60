"""The genesis of a Clique network (EIP-225) under the London rules."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from chainfaas.domain.errors import ConfigurationError

EPOCH_BLOCKS = 30_000
"""Blocks between two checkpoints that repeat the signer list."""

GAS_LIMIT = 30_000_000
MAX_SIGNERS = 9
MAX_PERIOD_SECONDS = 60
CHAIN_ID_RANGE = range(2**31, 2**52)
"""Above the ids of known networks, and exact in a JavaScript number."""

SIGNER_COIN_WEI = 10**8 * 10**18
FUNDED_COIN_WEI = 10**6 * 10**18

_VANITY_BYTES = 32
_SEAL_BYTES = 65
_ADDRESS_BYTES = 20
_FORKS = (
    "homesteadBlock",
    "eip150Block",
    "eip155Block",
    "eip158Block",
    "byzantiumBlock",
    "constantinopleBlock",
    "petersburgBlock",
    "istanbulBlock",
    "berlinBlock",
    "londonBlock",
)


@dataclass(frozen=True, slots=True)
class Genesis:
    """What makes one network another network than all others."""

    chain_id: int
    period_seconds: int
    """Seconds between blocks; 0 seals whenever there is a transaction."""

    signers: tuple[str, ...]
    """Addresses of the founding signers, in the order of their nodes."""

    funded: Mapping[str, int] = field(default_factory=dict)
    """Further addresses that hold coin from the start, with wei."""

    def __post_init__(self) -> None:
        """Refuse what no node would accept or what would not be a network of ours."""
        if not 1 <= len(self.signers) <= MAX_SIGNERS:
            raise ConfigurationError(
                f"A network of {len(self.signers)} signers is not possible.",
                remedy=f"Choose from 1 to {MAX_SIGNERS} signers.",
            )
        if len({signer.lower() for signer in self.signers}) != len(self.signers):
            raise ConfigurationError("One signer is named twice in the genesis.")
        if not 0 <= self.period_seconds <= MAX_PERIOD_SECONDS:
            raise ConfigurationError(
                f"A block period of {self.period_seconds} s is not possible.",
                remedy=f"Choose from 0 (on demand) to {MAX_PERIOD_SECONDS} seconds.",
            )
        if self.chain_id not in CHAIN_ID_RANGE:
            raise ConfigurationError(f"The chain id {self.chain_id} is not between 2^31 and 2^52.")

    def document(self) -> dict[str, object]:
        """Return the genesis in the form that `geth init` reads."""
        coin = dict.fromkeys(self.signers, SIGNER_COIN_WEI) | dict(self.funded)
        return {
            "config": {
                "chainId": self.chain_id,
                **dict.fromkeys(_FORKS, 0),
                "clique": {"period": self.period_seconds, "epoch": EPOCH_BLOCKS},
            },
            "difficulty": "0x1",
            "gasLimit": hex(GAS_LIMIT),
            "baseFeePerGas": "0x0",
            "extraData": "0x" + clique_extra_data(self.signers).hex(),
            "alloc": {address[2:].lower(): {"balance": hex(wei)} for address, wei in sorted(coin.items())},
        }


def clique_extra_data(signers: tuple[str, ...]) -> bytes:
    """Pack the founding signers as EIP-225 asks: zero vanity, ascending addresses, zero seal.

    Args:
        signers: Addresses as hexadecimal text.
    """
    addresses = sorted(bytes.fromhex(signer.removeprefix("0x")) for signer in signers)
    if any(len(address) != _ADDRESS_BYTES for address in addresses):
        raise ConfigurationError("A signer's address does not have 20 bytes.")
    return bytes(_VANITY_BYTES) + b"".join(addresses) + bytes(_SEAL_BYTES)


def draw_chain_id() -> int:
    """Draw a chain id that no other network has, so that no signature fits two networks."""
    return CHAIN_ID_RANGE.start + secrets.randbelow(len(CHAIN_ID_RANGE))
