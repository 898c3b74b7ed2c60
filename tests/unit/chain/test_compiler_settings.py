from pathlib import Path

import pytest

from chainfaas.chain.compiler import read_settings
from chainfaas.chain.errors import CompilationError

ROOT = Path(__file__).resolve().parents[3]


def test_read_settings__this_project__what_the_chain_needs() -> None:
    settings = read_settings(ROOT)
    assert settings.evm_version == "paris"
    assert settings.via_ir is False
    assert settings.bytecode_hash == "none"
    assert settings.appends_cbor is False


@pytest.mark.parametrize("text", ["", "[profile.default]\nsrc = 'contracts'", "not toml"])
def test_read_settings__file_unfit__names_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "foundry.toml").write_text(text)
    with pytest.raises(CompilationError, match=r"foundry\.toml"):
        read_settings(tmp_path)


def test_read_settings__no_file__names_the_file(tmp_path: Path) -> None:
    with pytest.raises(CompilationError, match=r"foundry\.toml"):
        read_settings(tmp_path)
