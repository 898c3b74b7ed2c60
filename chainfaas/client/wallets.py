"""Wallets: keys by name in the state folder, as keystore version 3 files with a password file beside each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.chain.keystore import (
    UnlockedKey,
    create_keystore,
    load_keystore,
    read_keystore_address,
)
from chainfaas.client.errors import InvalidWalletNameError, WalletExistsError, WalletNotFoundError
from chainfaas.client.own_account import OwnAccount
from chainfaas.domain.errors import ChainFaaSError
from chainfaas.domain.identifiers import Address
from chainfaas.domain.signatures import SigningKey

if TYPE_CHECKING:
    from pathlib import Path

    from chainfaas.chain.state_folder import StateFolder
    from chainfaas.client.chain_access import ChainAccess

DEFAULT_WALLET = "default"
"""The wallet that is meant where none is named."""

_NAME = re.compile(r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_OUTBOXES = "wallets"


@dataclass(frozen=True, slots=True)
class Wallet:
    """A key that is there, unopened.

    Attributes:
        name: What its files are called.
        address: Its account.
        keystore: The keystore file.
    """

    name: str
    address: Address
    keystore: Path


def create_wallet(folder: StateFolder, name: str = DEFAULT_WALLET) -> Wallet:
    """Draw a new key and keep it under a name.

    Args:
        folder: The state folder.
        name: What it is called.

    Raises:
        InvalidWalletNameError: No wallet can have this name.
        WalletExistsError: One has it already.
        ConfigurationError: The place cannot be written.
    """
    keystore, password = _files(folder, name)
    if keystore.exists():
        raise WalletExistsError(f"There is a wallet {name} already: {keystore}.")
    folder.create()
    key = create_keystore(keystore, password)
    return Wallet(name, Address.parse(key.address), keystore)


def list_wallets(folder: StateFolder) -> list[Wallet]:
    """Return all keys of a state folder by name; files that are no keystores are passed over.

    Args:
        folder: The state folder.
    """
    found = []
    for keystore in sorted(folder.keys.glob("*.json")):
        try:
            address = Address.parse(read_keystore_address(keystore).lower())
        except ChainFaaSError:
            continue
        found.append(Wallet(keystore.stem, address, keystore))
    return found


def find_wallet(folder: StateFolder, name: str = DEFAULT_WALLET) -> Wallet:
    """Return a wallet without opening it.

    Args:
        folder: The state folder.
        name: What it is called.

    Raises:
        InvalidWalletNameError: No wallet can have this name.
        WalletNotFoundError: None has it.
        ConfigurationError: Its file is no keystore, or open to others.
    """
    keystore, _ = _files(folder, name)
    if not keystore.exists():
        raise WalletNotFoundError(f"There is no wallet {name} in {folder.keys}.")
    return Wallet(name, Address.parse(read_keystore_address(keystore).lower()), keystore)


def unlock_wallet(folder: StateFolder, name: str = DEFAULT_WALLET) -> UnlockedKey:
    """Open a wallet with the password beside it.

    Args:
        folder: The state folder.
        name: What it is called.

    Raises:
        ChainFaaSError: As `find_wallet`; or the password does not fit.
    """
    find_wallet(folder, name)
    return load_keystore(*_files(folder, name))


def unlock_signing_key(folder: StateFolder, name: str = DEFAULT_WALLET) -> SigningKey:
    """Open a wallet for signing only, as log-ins do.

    Args:
        folder: The state folder.
        name: The wallet.

    Raises:
        ChainFaaSError: As `unlock_wallet`.
    """
    return SigningKey(unlock_wallet(folder, name).private_key)


def open_account(chain: ChainAccess, folder: StateFolder, name: str = DEFAULT_WALLET) -> OwnAccount:
    """Return the account of a wallet, ready to send.

    Args:
        chain: The network.
        folder: The state folder.
        name: The wallet.

    Raises:
        ChainFaaSError: As `unlock_wallet`.
    """
    return OwnAccount(chain, unlock_wallet(folder, name), folder.root / _OUTBOXES)


def _files(folder: StateFolder, name: str) -> tuple[Path, Path]:
    if not _NAME.fullmatch(name):
        raise InvalidWalletNameError(f"{name!r} is no name of a wallet.")
    return folder.keys / f"{name}.json", folder.keys / f"{name}.password"
