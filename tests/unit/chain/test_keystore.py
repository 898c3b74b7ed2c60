from __future__ import annotations

import json
from pathlib import Path

import pytest
from eth_account import Account

from chainfaas.chain.keystore import UnlockedKey, create_keystore, load_keystore, read_keystore_address
from chainfaas.domain.errors import ConfigurationError


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "keys" / "key.json", tmp_path / "keys" / "password"


def test_load_keystore__created__same_key(files: tuple[Path, Path]) -> None:
    key = create_keystore(*files)

    assert load_keystore(*files) == key


def test_create_keystore__new__version_3_scrypt_and_private(files: tuple[Path, Path]) -> None:
    key = create_keystore(*files)
    document = json.loads(files[0].read_text())

    assert document["version"] == 3
    assert document["crypto"]["kdf"] == "scrypt"
    assert document["address"].lower().removeprefix("0x") == key.address[2:].lower()
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_create_keystore__there_already__kept(files: tuple[Path, Path]) -> None:
    key = create_keystore(*files)

    with pytest.raises(ConfigurationError, match="cannot be written"):
        create_keystore(*files)
    assert load_keystore(*files) == key


def test_create_keystore__password_there__used(files: tuple[Path, Path]) -> None:
    files[1].parent.mkdir()
    files[1].touch(mode=0o600)
    files[1].write_text("correct horse\nbattery\n")
    key = create_keystore(*files)

    assert bytes(Account.decrypt(files[0].read_text(), "correct horse")) == key.private_key


def test_load_keystore__other_password__says_which_files(files: tuple[Path, Path]) -> None:
    create_keystore(*files)
    files[1].write_text("another\n")

    with pytest.raises(ConfigurationError, match="does not open"):
        load_keystore(*files)


@pytest.mark.parametrize("text", ["", "{}", "[]", "no json", '{"version": 3}', '{"version": 9}'])
def test_load_keystore__no_keystore__refused(files: tuple[Path, Path], text: str) -> None:
    create_keystore(*files)
    files[0].write_text(text)

    with pytest.raises(ConfigurationError):
        load_keystore(*files)


@pytest.mark.parametrize("place", [0, 1])
def test_load_keystore__readable_by_others__refused(files: tuple[Path, Path], place: int) -> None:
    create_keystore(*files)
    files[place].chmod(0o640)

    with pytest.raises(ConfigurationError, match="0640") as caught:
        load_keystore(*files)
    assert "chmod 600" in caught.value.remedy


def test_load_keystore__empty_password__refused(files: tuple[Path, Path]) -> None:
    create_keystore(*files)
    files[1].write_text("\n")

    with pytest.raises(ConfigurationError, match="empty"):
        load_keystore(*files)


def test_load_keystore__absent__refused(files: tuple[Path, Path]) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_keystore(*files)


def test_read_keystore_address__created__same_address(files: tuple[Path, Path]) -> None:
    key = create_keystore(*files)

    assert read_keystore_address(files[0]).lower() == key.address.lower()


def test_read_keystore_address__no_keystore__refused(files: tuple[Path, Path]) -> None:
    create_keystore(*files)
    files[0].write_text("[]")

    with pytest.raises(ConfigurationError, match="no keystore"):
        read_keystore_address(files[0])


def test_unlocked_key__shown__address_alone() -> None:
    key = UnlockedKey.generate()

    for text in (repr(key), str(key), f"{key}", repr([key])):
        assert key.address in text
        assert key.private_key.hex() not in text
        assert repr(key.private_key) not in text


def test_account__any_key__signs_for_the_address() -> None:
    key = UnlockedKey.generate()

    assert key.account().address == key.address
