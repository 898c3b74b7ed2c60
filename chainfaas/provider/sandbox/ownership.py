"""Whose a container is: its labels and its name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chainfaas.domain.encodings import Bytes32, format_hex
from chainfaas.domain.errors import InvalidIdentifierError
from chainfaas.domain.identifiers import ProviderId, VersionId

NETWORK_LABEL = "chainfaas.network"
"""The genesis hash of the network that the container works for."""
PROVIDER_LABEL = "chainfaas.provider"
BOOT_LABEL = "chainfaas.boot"
"""Which start of the daemon made it."""
VERSION_LABEL = "chainfaas.version"
NUMBER_LABEL = "chainfaas.number"
"""Counts the containers of one start of the daemon."""

_BOOT = re.compile(r"[a-z0-9]{8,32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Owner:
    """One start of one provider's daemon on one network."""

    genesis_hash: Bytes32
    provider: ProviderId
    boot: str
    """Drawn at the daemon's start: 8 to 32 lower-case letters and digits."""

    def __post_init__(self) -> None:
        """Refuse a boot that does not fit a container's name."""
        if not _BOOT.fullmatch(self.boot):
            raise InvalidIdentifierError(f"The boot id {self.boot!r} is not 8 to 32 of a-z and 0-9.")

    @property
    def labels(self) -> dict[str, str]:
        """What all containers of this start carry."""
        return {**self.provider_labels, BOOT_LABEL: self.boot}

    @property
    def provider_labels(self) -> dict[str, str]:
        """What the containers of every start of this provider carry."""
        return {NETWORK_LABEL: format_hex(self.genesis_hash), PROVIDER_LABEL: str(self.provider)}

    def container_labels(self, version: VersionId, number: int) -> dict[str, str]:
        """Return the labels of one container.

        Args:
            version: The function version that it is for.
            number: Its number, counted within this start.
        """
        return {**self.labels, VERSION_LABEL: str(version), NUMBER_LABEL: str(number)}

    def container_name(self, version: VersionId, number: int) -> str:
        """Return the name of one container, which the engine gives to no second one."""
        network = self.genesis_hash.hex()[:8]
        return f"chainfaas-{network}-{self.provider}-{self.boot}-{version}-{number}"
