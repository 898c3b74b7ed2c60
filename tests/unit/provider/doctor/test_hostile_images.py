import gzip
import hashlib
import io
import json
import tarfile
import zlib
from pathlib import Path

import pytest

from chainfaas.domain.errors import ConfigurationError
from chainfaas.provider.doctor import attack_program
from chainfaas.provider.doctor.attack import ImageKind
from chainfaas.provider.doctor.attack_program import load_attack_program
from chainfaas.provider.doctor.hostile_images import make_hostile_images, strict_policy
from chainfaas.provider.doctor.image_content import ImageContent, digest_of

SERVED = make_hostile_images(b"\x7fELF", "amd64")


def layers_of(content: ImageContent) -> list[bytes]:
    manifest = json.loads(content.manifest)
    return [gzip.decompress(content.blobs[layer["digest"]]) for layer in manifest["layers"]]


@pytest.mark.parametrize("kind", [kind for kind in ImageKind if kind is not ImageKind.BOMB])
def test_make_hostile_images__each__holds_what_its_manifest_says(kind: ImageKind) -> None:
    content = SERVED.images[kind.value]
    manifest = json.loads(content.manifest)
    config = json.loads(content.blobs[manifest["config"]["digest"]])
    assert content.digest == digest_of(content.manifest)
    for part in (manifest["config"], *manifest["layers"]):
        assert digest_of(content.blobs[part["digest"]]) == part["digest"]
        assert len(content.blobs[part["digest"]]) == part["size"]
    assert config["rootfs"]["diff_ids"] == [digest_of(layer) for layer in layers_of(content)]


def test_make_hostile_images__all__each_of_its_own() -> None:
    assert len({content.digest for content in SERVED.images.values()}) == len(ImageKind)


def test_make_hostile_images__bomb__a_gigabyte_in_a_megabyte() -> None:
    content = SERVED.images["bomb"]
    packed = content.blobs[json.loads(content.manifest)["layers"][-1]["digest"]]
    header = zlib.decompressobj(wbits=31).decompress(packed)
    assert len(packed) < 2 << 20
    assert tarfile.TarInfo.frombuf(header, "ascii", "strict").size == 1 << 30


def test_make_hostile_images__plain__promises_more_than_it_may_give() -> None:
    with tarfile.open(fileobj=io.BytesIO(layers_of(SERVED.images["plain"])[0])) as archive:
        found = {member.name: member for member in archive}
    assert found["suid"].mode == 0o6755
    assert found["root-only"].mode == 0o600
    assert found["device/disk"].isblk()
    assert (
        found["device/disk"].devmajor,
        found["device/disk"].devminor,
    ) == (8, 0)
    capability = found["capable"].pax_headers["SCHILY.xattr.security.capability"]
    assert capability.encode("utf-8", "surrogateescape")[:4] == b"\x01\x00\x00\x02"


def test_strict_policy__elsewhere__alone_is_not_allowed() -> None:
    allowed = strict_policy("127.0.0.1:5").repositories
    assert {name.rpartition("/")[2] for name in allowed} == set(ImageKind) - {ImageKind.ELSEWHERE}


@pytest.mark.parametrize(("architecture", "machine"), [("x86_64", 62), ("aarch64", 183)])
def test_load_attack_program__each_platform__an_elf_file_for_it(architecture: str, machine: int) -> None:
    program = load_attack_program(architecture)
    assert program[:4] == b"\x7fELF"
    assert int.from_bytes(program[18:20], "little") == machine


def test_load_attack_program__other_platform__refused() -> None:
    with pytest.raises(ConfigurationError, match="s390x"):
        load_attack_program("s390x")


@pytest.mark.parametrize("packed", [b"no gzip", gzip.compress(b"another program", mtime=0)])
def test_load_attack_program__damaged__refused(
    packed: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "SHA256SUMS").write_text(f"{hashlib.sha256(b'program').hexdigest()}  attack-linux-amd64\n")
    (tmp_path / "attack-linux-amd64.gz").write_bytes(packed)
    monkeypatch.setattr(attack_program, "shipped_folder", lambda _: tmp_path)
    with pytest.raises(ConfigurationError, match="damaged"):
        load_attack_program("amd64")
