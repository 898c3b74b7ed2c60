"""The one release of geth that this network is built on."""

from __future__ import annotations

from dataclasses import dataclass

GETH_VERSION = "1.13.15"
"""The last release that seals Clique; later ones refuse a chain without a beacon client."""

GO_PACKAGE = f"github.com/ethereum/go-ethereum/cmd/geth@v{GETH_VERSION}"
GO_FLAGS = ("-ldflags=-checklinkname=0",)
"""One of its dependencies reaches into the Go runtime, which Go 1.23 and later refuse by default."""

CONTAINER_IMAGE = f"ethereum/client-go:v{GETH_VERSION}"

_ARCHIVE_HOST = "https://gethstore.blob.core.windows.net/builds"
_COMMIT = "c5ba367e"


@dataclass(frozen=True, slots=True)
class Archive:
    """An official archive whose content is pinned."""

    name: str
    sha256: str
    host: str = _ARCHIVE_HOST

    @property
    def url(self) -> str:
        """Where it is published."""
        return f"{self.host}/{self.name}.tar.gz"

    @property
    def program(self) -> str:
        """Path of the node program inside the archive."""
        return f"{self.name}/geth"


# docs/decisions/ says where the hashes come from, and why macOS has none.
ARCHIVES = {
    ("Linux", "x86_64"): Archive(
        f"geth-alltools-linux-amd64-{GETH_VERSION}-{_COMMIT}",
        "2f153cdcd9801d748d8f812cce9d7a432d155f52eb78018d09d881dfe354dfdd",
    ),
    ("Linux", "aarch64"): Archive(
        f"geth-alltools-linux-arm64-{GETH_VERSION}-{_COMMIT}",
        "8976fce7e02ab904ef69d1b45ca5215c35c7d29dfbd705cc59f1cd8179976f2d",
    ),
}
"""By system and machine, as `platform.uname` names them. What is not here is not downloaded."""
