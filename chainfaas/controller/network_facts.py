"""What a controller tells about its network and itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chainfaas.chain.deployments import Deployments
    from chainfaas.domain.canonical_json import JsonValue
    from chainfaas.domain.identifiers import Address, ControllerId


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """Facts that do not change while a controller runs.

    Attributes:
        deployments: Where the contracts are.
        controller_id: Number of this controller.
        key: The address that it signs with.
        url: Where it is.
        period_seconds: Time between blocks; 0 where they are sealed on demand.
        finality_blocks: Blocks that must lie on a block before it stays.
    """

    deployments: Deployments
    controller_id: ControllerId
    key: Address
    url: str
    period_seconds: int
    finality_blocks: int

    def as_json(self) -> dict[str, JsonValue]:
        """Return the facts under their JSON names."""
        windows = self.deployments.windows
        return {
            "chainId": str(self.deployments.chain_id),
            "genesisHash": "0x" + self.deployments.genesis_hash.hex(),
            "dev": self.deployments.is_dev,
            "contracts": {
                name: str(contract.address) for name, contract in self.deployments.contracts.items()
            },
            "firstBlock": self.deployments.first_block,
            "windows": {
                "jobLifeSeconds": windows.job_life_seconds,
                "graceSeconds": windows.grace_seconds,
                "claimSeconds": windows.claim_seconds,
                "commissionBps": windows.commission_bps,
            },
            "periodSeconds": self.period_seconds,
            "finalityBlocks": self.finality_blocks,
            "controller": {"cid": self.controller_id, "key": str(self.key), "url": self.url},
        }
