"""Finding a node program that seals Clique, or getting one."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from chainfaas.chain.node.archive_source import download_program
from chainfaas.chain.node.container_source import find_docker, wrap_image
from chainfaas.chain.node.errors import NodeUnavailableError
from chainfaas.chain.node.file_lock import file_lock
from chainfaas.chain.node.go_source import build_program, find_go
from chainfaas.chain.node.program_version import reason_against
from chainfaas.chain.node.release import ARCHIVES, CONTAINER_IMAGE, GETH_VERSION, Archive
from chainfaas.chain.state_folder import tool_cache_folder

Tell = Callable[[str], None]
"""Takes a line about what is being done, for whoever waits."""


class PassedOverError(Exception):
    """A way to get the program is not open here; the message says why in one line."""


@dataclass(frozen=True, slots=True)
class Finder:
    """The ways to a node program, tried in a fixed order: what is there first, then what is quickest."""

    environment: Mapping[str, str]
    cache: Path
    """The folder that all state folders of this user share."""

    archive: Archive | None
    """The pinned archive for this machine, if there is one."""

    tell: Tell

    def find(self) -> Path:
        """Return a program, got on the spot if there is none.

        Raises:
            NodeUnavailableError: None can be had; the message has the reason of each way.
        """
        reasons = []
        for name, way in self._ways():
            try:
                return way()
            except PassedOverError as reason:
                reasons.append(f"  {name}: {reason}")
                self.tell(f"{name}: {reason}")
        raise NodeUnavailableError(
            "No node program that seals Clique can be had here:\n" + "\n".join(reasons)
        )

    def _ways(self) -> Iterator[tuple[str, Callable[[], Path]]]:
        yield "PATH", self._from_path
        yield "cache", self._from_cache
        yield "official archive", lambda: self._install(self._from_archive)
        yield "go install", lambda: self._install(self._from_go)
        yield "container image", lambda: self._install(self._from_image)

    @property
    def _cached(self) -> Path:
        return self.cache / "geth" / GETH_VERSION / "geth"

    def _from_path(self) -> Path:
        found = shutil.which("geth", path=self.environment.get("PATH", ""))
        if found is None:
            raise PassedOverError("there is no geth")
        return _checked(Path(found))

    def _from_cache(self) -> Path:
        if not self._cached.exists():
            raise PassedOverError(f"there is no {self._cached}")
        return _checked(self._cached)

    def _install(self, fetch: Callable[[Path], None]) -> Path:
        """Put a program into the cache in one step, whoever else tries to at the same time."""
        unfinished = self._cached.with_suffix(f".{os.getpid()}.tmp")
        try:
            with file_lock(self._cached.parent / "lock"):
                if self._cached.exists() and reason_against(self._cached) is None:
                    return self._cached
                fetch(unfinished)
                unfinished.chmod(0o755)
                _checked(unfinished)
                return unfinished.replace(self._cached)
        except (OSError, ValueError) as error:
            raise PassedOverError(str(error)) from error
        finally:
            unfinished.unlink(missing_ok=True)

    def _from_archive(self, target: Path) -> None:
        if self.archive is None:
            raise PassedOverError("no archive with a pinned hash is known for this kind of machine")
        self.tell(f"Downloading {self.archive.url}")
        download_program(self.archive, target)

    def _from_go(self, target: Path) -> None:
        go = find_go(dict(self.environment))
        if go is None:
            raise PassedOverError("there is no Go")
        self.tell(f"Building geth {GETH_VERSION} with {go}; this takes some minutes")
        folder = self.cache / "go"
        folder.mkdir(parents=True, exist_ok=True)
        build_program(go, dict(self.environment), folder, target)
        # Sources and intermediate results take a gigabyte and are of no more use.
        shutil.rmtree(folder, ignore_errors=True)

    def _from_image(self, target: Path) -> None:
        docker = find_docker(dict(self.environment))
        if docker is None:
            raise PassedOverError("there is no container engine")
        self.tell(f"Pulling {CONTAINER_IMAGE}")
        wrap_image(docker, target)


def find_node_program(tell: Tell = lambda _line: None) -> Path:
    """Return a node program of this machine, got on the spot if there is none.

    Args:
        tell: Takes a line about each step.

    Raises:
        NodeUnavailableError: None can be had.
    """
    machine = platform.uname()
    archive = ARCHIVES.get((machine.system, machine.machine))
    environment = dict(os.environ)
    return Finder(environment, tool_cache_folder(environment), archive, tell).find()


def _checked(program: Path) -> Path:
    reason = reason_against(program)
    if reason is not None:
        raise PassedOverError(reason)
    return program
