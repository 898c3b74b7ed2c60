import gzip
import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
import chainfaas
from chainfaas.chain.artefacts import artefact_names, load_artefact
print(json.dumps([chainfaas.__file__, {name: load_artefact(name).source_hash for name in artefact_names()}]))
"""


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a user has: the wheel's files, without a checkout around them."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", folder, ROOT], check=True, cwd=folder)
    (wheel,) = folder.glob("chainfaas-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_wheel__loaded_outside_the_checkout__has_every_artefact(installed: Path) -> None:
    command = [sys.executable, "-I", "-c", PROGRAM, str(installed)]
    result = subprocess.run(command, check=True, capture_output=True, text=True, cwd=installed)
    package, hashes = json.loads(result.stdout)
    assert Path(package).is_relative_to(installed)
    committed = (ROOT / "contracts" / "artefacts").glob("*.json")
    assert hashes == {file.stem: json.loads(file.read_text())["sourceHash"] for file in committed}


def test_wheel__its_files__nothing_but_the_package(installed: Path) -> None:
    top = {entry.name for entry in installed.iterdir()}
    assert {name for name in top if not name.endswith(".dist-info")} == {"chainfaas"}


def test_wheel__process_1_of_the_sandboxes__shipped_with_its_hashes_and_executable(installed: Path) -> None:
    (wheel,) = installed.parent.glob("chainfaas-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        shipped = {
            Path(entry.filename).name: entry
            for entry in archive.infolist()
            if "sandbox-init/" in entry.filename
        }
        sums = archive.read(shipped["SHA256SUMS"]).decode().split()
        for digest, name in zip(sums[::2], sums[1::2], strict=True):
            assert hashlib.sha256(archive.read(shipped[name])).hexdigest() == digest
            assert shipped[name].external_attr >> 16 & 0o111


def test_wheel__attack_program__shipped_packed_with_its_hashes(installed: Path) -> None:
    folder = installed / "chainfaas" / "shipped" / "sandbox-attacks"
    sums = (folder / "SHA256SUMS").read_text().split()
    assert sums[1::2] == ["attack-linux-amd64", "attack-linux-arm64"]
    for digest, name in zip(sums[::2], sums[1::2], strict=True):
        content = gzip.decompress((folder / f"{name}.gz").read_bytes())
        assert hashlib.sha256(content).hexdigest() == digest
