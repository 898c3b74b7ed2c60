from __future__ import annotations

from pathlib import Path

import pytest

from chainfaas.chain.state_folder import StateFolder
from chainfaas.client.errors import InvalidWalletNameError, WalletExistsError, WalletNotFoundError
from chainfaas.client.wallets import create_wallet, find_wallet, list_wallets, unlock_signing_key
from chainfaas.domain.errors import ConfigurationError


@pytest.fixture
def folder(tmp_path: Path) -> StateFolder:
    return StateFolder(tmp_path / "home")


def test_create_wallet__new_name__kept_for_its_owner_alone(folder: StateFolder) -> None:
    wallet = create_wallet(folder, "mine")

    assert find_wallet(folder, "mine") == wallet
    assert unlock_signing_key(folder, "mine").address == wallet.address
    assert {file.name for file in folder.keys.iterdir()} == {"mine.json", "mine.password"}
    assert {file.stat().st_mode & 0o777 for file in folder.keys.iterdir()} == {0o600}


def test_create_wallet__name_that_is_taken__refused_and_key_kept(folder: StateFolder) -> None:
    wallet = create_wallet(folder)
    with pytest.raises(WalletExistsError):
        create_wallet(folder)

    assert find_wallet(folder).address == wallet.address


@pytest.mark.parametrize("name", ["", "A", "1a", "a_b", "../a", "a/b", "-a", "a-", "a" * 64, "a\n", "ä"])
def test_find_wallet__no_name_for_one__refused(folder: StateFolder, name: str) -> None:
    with pytest.raises(InvalidWalletNameError):
        find_wallet(folder, name)


def test_find_wallet__none__says_where_it_looked(folder: StateFolder) -> None:
    with pytest.raises(WalletNotFoundError, match="keys"):
        find_wallet(folder, "nobody")


def test_find_wallet__open_to_others__refused(folder: StateFolder) -> None:
    create_wallet(folder).keystore.chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        find_wallet(folder)


def test_list_wallets__files_that_are_no_keystores__passed_over(folder: StateFolder) -> None:
    made = [create_wallet(folder, name) for name in ("b", "a")]
    other = folder.keys / "c.json"
    other.write_text("{}")
    other.chmod(0o600)

    assert list_wallets(folder) == sorted(made, key=lambda wallet: wallet.name)
