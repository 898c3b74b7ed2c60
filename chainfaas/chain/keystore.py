"""Private keys on disk: keystore version 3 files, each beside a file with its password.

The format is the Web3 Secret Storage Definition (version 3) as geth, MetaMask and others read it.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from eth_account import Account
from eth_account.signers.local import LocalAccount

from chainfaas.chain.state_folder import PRIVATE_FILE_MODE
from chainfaas.domain.errors import ConfigurationError


class ScryptCost(IntEnum):
    """How much work guessing one password costs: the scrypt parameter n."""

    STANDARD = 2**18
    """For a password that a person chose: about a second and 256 MiB a guess."""

    LIGHT = 2**12
    """For a random password of 256 bits, which nobody guesses at any cost."""


@dataclass(frozen=True, slots=True)
class UnlockedKey:
    """A private key in memory; only its address is ever shown."""

    address: str
    """The EIP-55 text of the address."""

    private_key: bytes = field(repr=False)
    """The 32 bytes of the key."""

    @classmethod
    def generate(cls) -> UnlockedKey:
        """Draw a new key that is kept nowhere."""
        account: LocalAccount = Account.create(secrets.token_hex(32))
        return cls(str(account.address), bytes(account.key))

    def account(self) -> LocalAccount:
        """Return the key in the form that eth-account and web3 sign with."""
        account: LocalAccount = Account.from_key(self.private_key)
        return account


def create_keystore(
    keystore_path: Path, password_path: Path, cost: ScryptCost = ScryptCost.LIGHT
) -> UnlockedKey:
    """Draw a new key and store it, with a random password in a file of its own.

    Args:
        keystore_path: Where the keystore goes; nothing may be there yet.
        password_path: Where the password is, or goes if nothing is there yet.
        cost: How expensive a guess is; the light one is enough for the random password made here.

    Raises:
        ConfigurationError: A keystore is already there, or the place cannot be written.
    """
    if not password_path.exists():
        _write_private(password_path, secrets.token_urlsafe(32) + "\n")
    key = UnlockedKey.generate()
    password = read_password(password_path)
    document = Account.encrypt(key.private_key, password, kdf="scrypt", iterations=int(cost))
    _write_private(keystore_path, json.dumps(document, indent=1, sort_keys=True) + "\n")
    return key


def load_keystore(keystore_path: Path, password_path: Path) -> UnlockedKey:
    """Open a keystore.

    Args:
        keystore_path: The keystore version 3 file.
        password_path: The file whose first line is the password.

    Raises:
        ConfigurationError: A file is missing, open to others, no keystore, or the password does not fit.
    """
    text = _read_private(keystore_path)
    password = read_password(password_path)
    try:
        key = bytes(Account.decrypt(json.loads(text), password))
    except (ValueError, KeyError, TypeError, AttributeError, NotImplementedError) as error:
        raise ConfigurationError(
            f"The keystore {keystore_path} does not open with the password in {password_path}.",
            remedy="Put the file and the password that belong together in these places.",
        ) from error
    return UnlockedKey(str(Account.from_key(key).address), key)


def read_keystore_address(keystore_path: Path) -> str:
    """Return the address of a keystore without opening it.

    Args:
        keystore_path: The keystore version 3 file.

    Raises:
        ConfigurationError: It is missing, open to others, or no keystore.
    """
    try:
        return "0x" + str(json.loads(_read_private(keystore_path))["address"]).removeprefix("0x")
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{keystore_path} is no keystore.") from error


def read_password(password_path: Path) -> str:
    """Return the first line of a password file.

    Args:
        password_path: The file, readable by its owner alone.

    Raises:
        ConfigurationError: The file is missing, empty or open to others.
    """
    lines = _read_private(password_path).splitlines()
    if not lines or not lines[0]:
        raise ConfigurationError(f"The password file {password_path} is empty.")
    return lines[0]


def _read_private(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            if mode & 0o077:
                raise ConfigurationError(
                    f"Other users can reach the secret file {path} (mode {mode & 0o777:04o}).",
                    remedy=f"Run: chmod 600 {path}",
                )
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The secret file {path} cannot be read: {error}.") from error


def _write_private(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Created with its final mode and never over another file: no moment in which others could read it.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE_MODE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ConfigurationError(f"The secret file {path} cannot be written: {error.strerror}.") from error
