import contextlib
import gc
import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from docker import APIClient

from chainfaas.chain.state_folder import StateFolder
from chainfaas.provider.engine.find_engine import Engine, answers, connect_engine, find_engine
from chainfaas.provider.engine.own_engine import OwnEngine
from chainfaas.provider.engine.own_registry import OwnRegistry
from chainfaas.provider.engine.provide_engine import provide_engine
from chainfaas.provider.engine.publish_image import publish_image
from chainfaas.provider.errors import EngineFailedError, EngineMissingError
from chainfaas.provider.sandbox.containers import used_cpu_us, was_out_of_memory
from tests.container_engine import ContainerWorld

needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("dockerd", path=f"{os.environ['PATH']}:/usr/sbin") is None,
    reason="only root can start an engine, and dockerd must be installed",
)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[StateFolder]:
    made = StateFolder(tmp_path)
    yield made
    OwnEngine(made).stop()
    OwnRegistry(made).stop()


@pytest.mark.parametrize("url", ["tcp://127.0.0.1:2375", "ssh://somewhere", "unix:///no/such.sock"])
def test_find_engine__named_one_that_does_not_fit__refused(url: str) -> None:
    with pytest.raises(EngineMissingError, match="DOCKER_HOST"):
        find_engine({"DOCKER_HOST": url})


def test_find_engine__named_one_that_answers__used_and_not_ours(world: ContainerWorld) -> None:
    assert find_engine({"DOCKER_HOST": world.engine.url}) == Engine(world.engine.url, is_ours=False)


def test_provide_engine__one_answers__none_of_ours_started(
    world: ContainerWorld, folder: StateFolder
) -> None:
    assert provide_engine(folder, {"DOCKER_HOST": world.engine.url}).url == world.engine.url
    assert OwnEngine(folder).running() is None


@needs_root
def test_own_engine__started_twice_and_again__one_engine_with_its_images(folder: StateFolder) -> None:
    own = OwnEngine(folder)
    first = own.start()
    assert own.start() == own.running() == first
    assert provide_engine(folder, {}) == first
    client = connect_engine(first)
    client.import_image_from_data(b"\0" * 1024, repository="kept", tag="1")
    client.close()
    own.stop()
    own.stop()
    assert own.running() is None
    assert not answers(first.url)
    again = connect_engine(own.start())
    assert [image["RepoTags"] for image in again.images()] == [["kept:1"]]
    again.close()


@needs_root
def test_own_engine__deep_state_folder__sockets_at_a_short_path(tmp_path: Path) -> None:
    own = OwnEngine(StateFolder(tmp_path / ("deep" * 25)))
    try:
        url = own.start().url
    finally:
        own.stop()
    assert len(url) < 100
    assert not Path(url.removeprefix("unix://")).parent.exists()


def test_own_registry__restarted__same_address(folder: StateFolder) -> None:
    registry = OwnRegistry(folder)
    address = registry.start()
    assert registry.start() == address
    registry.stop()
    assert registry.start() == address


def test_publish_image__recipe_that_fails__says_which(world: ContainerWorld, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY missing /\n")
    with pytest.raises(EngineFailedError, match="missing"):
        publish_image(world.client, tmp_path, f"{world.registry}/broken", {})


def test_publish_image__same_recipe__an_image_by_digest(world: ContainerWorld, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY file /\n")
    (tmp_path / "file").write_text("content")
    repository = f"{world.registry}/small"
    first = publish_image(world.client, tmp_path, repository, {})
    assert publish_image(world.client, tmp_path, repository, {}) == first
    assert world.client.inspect_image(first.reference)["Os"] == "linux"  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("ask", [used_cpu_us, was_out_of_memory])
def test_engine_faults__engine_is_gone__one_of_ours(
    ask: Callable[[APIClient, str], object], tmp_path: Path
) -> None:
    client = APIClient(f"unix://{tmp_path}/none.sock", version="1.41")
    with warnings.catch_warnings():
        # The client leaves a socket that cannot be connected to whoever collects it.
        warnings.simplefilter("ignore", ResourceWarning)
        with contextlib.closing(client) as gone, pytest.raises(EngineFailedError, match="any: ") as raised:
            ask(gone, "any")
        del raised
        gc.collect()
