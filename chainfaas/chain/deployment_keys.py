"""Keys that belong to a local network's own parties; they are made when they are first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainfaas.chain.keystore import UnlockedKey, create_keystore, load_keystore

if TYPE_CHECKING:
    from chainfaas.chain.state_folder import StateFolder
    from chainfaas.domain.identifiers import ControllerId


def controller_key(folder: StateFolder, controller: ControllerId) -> UnlockedKey:
    """Return the key that a controller of this folder signs and sends with.

    Args:
        folder: The state folder.
        controller: The controller's id.

    Raises:
        ConfigurationError: The keystore cannot be read or written, or is open to others.
    """
    return named_key(folder, f"controller-{controller}")


def peer_payout_key(folder: StateFolder, number: int) -> UnlockedKey:
    """Return the key of the account that a peer's commissions go to.

    Args:
        folder: The state folder.
        number: The peer's node, counted from 1.

    Raises:
        ConfigurationError: The keystore cannot be read or written, or is open to others.
    """
    return named_key(folder, f"peer-{number}-payout")


def named_key(folder: StateFolder, name: str) -> UnlockedKey:
    """Return a key by its name, made on the spot if there is none.

    Args:
        folder: The state folder.
        name: What the keystore is called, without its ending.

    Raises:
        ConfigurationError: The keystore cannot be read or written, or is open to others.
    """
    keystore, password = folder.keys / f"{name}.json", folder.keys / f"{name}.password"
    return load_keystore(keystore, password) if keystore.exists() else create_keystore(keystore, password)
