from __future__ import annotations

from pathlib import Path

import pytest

from chainfaas.chain.node.network_status import NetworkStatus, NodeStatus
from chainfaas.chain.state_folder import StateFolder
from chainfaas.cli.local_system.local_system import LocalSystem, SystemStatus
from chainfaas.cli.local_system.service_parts import PartState
from chainfaas.cli.local_system.system_file import SystemDescription, read_system, write_system
from chainfaas.domain.errors import ConfigurationError, NotFoundError

SYSTEM = SystemDescription(7, "http://127.0.0.1:8080", "127.0.0.1:30460", ("alpha", "beta"))


def status(*parts: PartState, node_runs: bool = True) -> SystemStatus:
    node = NodeStatus(1, "0x", 30_410, "/s", *((77, 12, 1.0, 2) if node_runs else ()))
    return SystemStatus(NetworkStatus(7, "0x", 1, (node,)), parts)


def test_write_system__read_back__the_same(tmp_path: Path) -> None:
    write_system(StateFolder(tmp_path), SYSTEM)

    assert read_system(StateFolder(tmp_path)) == SYSTEM


def test_read_system__no_file__none(tmp_path: Path) -> None:
    assert read_system(StateFolder(tmp_path)) is None


@pytest.mark.parametrize("text", ["a = ", "chain-id = 7", 'chain-id = "x"\ncontroller = 1'])
def test_read_system__damaged__refused_by_its_path(tmp_path: Path, text: str) -> None:
    (tmp_path / "system.toml").write_text(text)
    with pytest.raises(ConfigurationError, match=r"system\.toml"):
        read_system(StateFolder(tmp_path))


def test_status__nothing_there__says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no local system") as missing:
        LocalSystem(StateFolder(tmp_path)).status()

    assert "chainfaas up" in missing.value.remedy


def test_works__engine_of_others__does_not_count() -> None:
    def parts(controller: bool, engine: bool) -> tuple[PartState, ...]:
        return PartState("controller", controller, ""), PartState("engine", engine, "")

    assert status(*parts(controller=True, engine=False)).works
    assert not status(*parts(controller=False, engine=True)).works
    assert not status(*parts(controller=True, engine=True), node_runs=False).works


def test_stop__nothing_runs__nothing_happens(tmp_path: Path) -> None:
    said: list[str] = []
    LocalSystem(StateFolder(tmp_path)).stop(said.append)

    assert said[0] == "Stopping the providers"
