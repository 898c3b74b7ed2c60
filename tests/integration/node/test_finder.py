"""The ways to a node program, with stand-ins for the programs that would be there."""

from __future__ import annotations

import hashlib
import io
import tarfile
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from chainfaas.chain.node.errors import NodeUnavailableError
from chainfaas.chain.node.finder import Finder
from chainfaas.chain.node.release import Archive

GETH = "#!/bin/sh\nprintf 'Geth\\nVersion: {version}-stable\\n'\n"
# Stands for the Go tool chain: `go install` leaves a program in $GOBIN.
GO = f"""#!/bin/sh
set -e
mkdir -p "$GOBIN"
cat > "$GOBIN/geth" <<'E'
{GETH.format(version="1.13.15")}E
chmod +x "$GOBIN/geth"
"""
FAILING = "#!/bin/sh\necho first >&2\necho 'nothing works today' >&2\nexit 1\n"
# Stands for the container engine: answers `run … version` as the image would.
DOCKER = "#!/bin/sh\n[ \"$1\" = pull ] && exit 0\necho 'Version: 1.13.15-stable'\n"

MakeFinder = Callable[..., Finder]


def _program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


class Machine:
    """A machine with nothing on PATH but what a test puts there."""

    def __init__(self, root: Path) -> None:
        self.path, self.cache = root / "bin", root / "cache"
        self.cached = self.cache / "geth" / "1.13.15" / "geth"
        self.archive: Archive | None = None
        self.told: list[str] = []
        for tool in ("sh", "cat", "mkdir", "chmod", "printf", "id"):
            self.path.mkdir(exist_ok=True)
            (self.path / tool).symlink_to(
                next(p for p in (Path("/bin") / tool, Path("/usr/bin") / tool) if p.exists())
            )

    def put(self, name: str, text: str) -> Path:
        return _program(self.path / name, text)

    def find(self) -> Path:
        return Finder({"PATH": str(self.path)}, self.cache, self.archive, self.told.append).find()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    # Go may be installed beside this Python; on this machine it is not.
    monkeypatch.setattr("sys.executable", str(tmp_path / "nowhere" / "python"))
    return Machine(tmp_path)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """An archive on a server of this machine."""
    published = tmp_path / "published"
    published.mkdir()
    name = "geth-1.13.15"
    text = GETH.format(version="1.13.15").encode()
    with tarfile.open(published / f"{name}.tar.gz", "w:gz") as packed:
        member = tarfile.TarInfo(f"{name}/geth")
        member.size = len(text)
        packed.addfile(member, io.BytesIO(text))
    handler = partial(SilentHandler, directory=str(published))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        digest = hashlib.sha256((published / f"{name}.tar.gz").read_bytes()).hexdigest()
        yield Archive(name, digest, f"http://127.0.0.1:{server.server_address[1]}")
        server.shutdown()
        thread.join()


class SilentHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        pass


def test_find__geth_on_path__used(machine: Machine) -> None:
    program = machine.put("geth", GETH.format(version="1.13.4"))
    _program(machine.cached, GETH.format(version="1.13.15"))

    assert machine.find() == program


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (GETH.format(version="1.14.0"), "no longer seals Clique"),
        (GETH.format(version="1.10.26"), "too old"),
        ("#!/bin/sh\necho hello\n", "does not answer"),
        ("#!/no/such/program\n", "does not run"),
    ],
)
def test_find__unfit_geth_on_path__passed_over_for_the_cache(
    machine: Machine, text: str, reason: str
) -> None:
    machine.put("geth", text)
    _program(machine.cached, GETH.format(version="1.13.15"))

    assert machine.find() == machine.cached
    assert reason in machine.told[0]


def test_find__nothing_there__archive_before_go(machine: Machine, archive: Archive) -> None:
    machine.archive = archive
    machine.put("go", GO)

    assert machine.find() == machine.cached
    assert machine.told[-1] == f"Downloading {archive.url}"


def test_find__archive_of_another_hash__refused_and_built(machine: Machine, archive: Archive) -> None:
    machine.archive = Archive(archive.name, "0" * 64, archive.host)
    machine.put("go", GO)

    assert machine.find() == machine.cached
    assert any("not the pinned 0000" in line for line in machine.told)


def test_find__archive_unreachable__built(machine: Machine, archive: Archive) -> None:
    machine.archive = Archive("absent", archive.sha256, archive.host)
    machine.put("go", GO)

    assert machine.find() == machine.cached
    assert any("cannot be fetched" in line for line in machine.told)


def test_find__no_archive__built_and_sources_removed(machine: Machine) -> None:
    machine.put("go", GO)
    machine.put("docker", DOCKER)

    assert machine.find() == machine.cached
    assert any("pinned hash" in line for line in machine.told)
    assert {path.name for path in machine.cache.iterdir()} == {"geth"}
    assert {path.name for path in machine.cached.parent.iterdir()} == {"geth", "lock"}


def test_find__only_an_engine__image_behind_a_script(machine: Machine) -> None:
    machine.put("go", FAILING)
    docker = machine.put("docker", DOCKER)

    assert machine.find() == machine.cached
    assert f"{docker} run" in machine.cached.read_text()
    assert "go install: nothing works today" in machine.told


def test_find__nothing_works__each_reason_and_what_to_install(machine: Machine) -> None:
    machine.put("go", FAILING)
    machine.put("docker", FAILING)

    with pytest.raises(NodeUnavailableError) as caught:
        machine.find()
    lines = caught.value.message.splitlines()[1:]
    assert [line.split(":")[0].strip() for line in lines] == [
        "PATH",
        "cache",
        "official archive",
        "go install",
        "container image",
    ]
    assert "Install Go" in caught.value.remedy
    assert not any(path.suffix == ".tmp" for path in machine.cache.rglob("*"))


def test_find__built_once__taken_from_the_cache(machine: Machine) -> None:
    machine.put("go", GO)
    machine.find()
    machine.put("go", FAILING)

    assert machine.find() == machine.cached
