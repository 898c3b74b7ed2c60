"""A provider's folder: its operator's key and its configuration file."""

from __future__ import annotations

import os
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli_w

from chainfaas.chain.keystore import create_keystore, load_keystore
from chainfaas.chain.state_folder import PRIVATE_FILE_MODE
from chainfaas.domain.errors import ConfigurationError, ConflictError
from chainfaas.domain.identifiers import Address, ProviderId, provider_id
from chainfaas.provider.settings import CONFIG_FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYSTORE_NAME = "operator.json"
PASSWORD_NAME = "operator.password"  # noqa: S105 - the name of a file


@dataclass(frozen=True, slots=True)
class ImportedKey:
    """An operator's key that is there already."""

    keystore: Path
    password_file: Path


def make_provider_folder(
    folder: Path, settings: Mapping[str, Any], imported: ImportedKey | None = None
) -> Address:
    """Make a provider's folder, with a new operator's key or a copy of one that is there.

    Args:
        folder: The folder.
        settings: What its configuration says, by setting; what is None is left out.
        imported: The key to copy; a new one is drawn where absent.

    Returns:
        The operator's address, for the owner to register.

    Raises:
        ConflictError: The folder has a configuration already.
        ConfigurationError: The key does not open, or the place cannot be written.
    """
    if (folder / CONFIG_FILE_NAME).exists():
        raise ConflictError(
            f"{folder} has a provider already.", remedy="Choose another name, or edit its config.toml."
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    keystore, password_file = folder / KEYSTORE_NAME, folder / PASSWORD_NAME
    if imported is not None:
        address = load_keystore(imported.keystore, imported.password_file).address
        _copy_private(imported.keystore, keystore)
        _copy_private(imported.password_file, password_file)
    elif keystore.exists():
        address = load_keystore(keystore, password_file).address
    else:
        address = create_keystore(keystore, password_file).address
    _write_settings(folder, {name: value for name, value in settings.items() if value is not None})
    return Address.parse(address)


def operator_of_folder(folder: Path) -> Address:
    """Return the operator's address of a folder.

    Raises:
        ConfigurationError: There is no such key, or it does not open.
    """
    return Address.parse(load_keystore(folder / KEYSTORE_NAME, folder / PASSWORD_NAME).address)


def provider_id_of_folder(folder: Path) -> ProviderId:
    """Return the number under which a folder's provider is registered.

    Raises:
        ConfigurationError: There is no configuration, or it was never registered.
    """
    known = read_config(folder).get("provider_id")
    if known is None:
        raise ConfigurationError(
            f"The provider in {folder} is not registered.", remedy="Call: chainfaas provider register."
        )
    return provider_id(known)


def set_provider_id(folder: Path, provider: ProviderId) -> None:
    """Write the number that the registry gave into a provider's configuration.

    Raises:
        ConfigurationError: There is no configuration, or it is no TOML.
        ConflictError: It has another number.
    """
    settings = read_config(folder)
    if settings.get("provider_id", provider) != provider:
        raise ConflictError(
            f"The provider in {folder} is registered as {settings['provider_id']} already.",
            remedy="Choose another name for another provider.",
        )
    _write_settings(folder, {**settings, "provider_id": provider})


def read_config(folder: Path) -> dict[str, Any]:
    """Return what a provider's configuration file says, not checked any further.

    Raises:
        ConfigurationError: There is none, or it is no TOML.
    """
    file = folder / CONFIG_FILE_NAME
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise ConfigurationError(
            f"{file} cannot be read: {fault}.", remedy="Make it with: chainfaas provider init."
        ) from fault


def _write_settings(folder: Path, settings: Mapping[str, Any]) -> None:
    file = folder / CONFIG_FILE_NAME
    unfinished = file.with_suffix(".tmp")
    unfinished.write_text(tomli_w.dumps(dict(settings)), encoding="utf-8")
    unfinished.replace(file)


def _copy_private(source: Path, target: Path) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE_MODE)
    with os.fdopen(descriptor, "wb") as file, source.open("rb") as content:
        shutil.copyfileobj(content, file)
