"""Engines that the doctor's attacks are tried on."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from docker import APIClient

from chainfaas.chain.state_folder import StateFolder
from chainfaas.provider.doctor.ward import Ward, open_ward
from chainfaas.provider.engine.find_engine import connect_engine
from chainfaas.provider.engine.own_engine import OwnEngine
from chainfaas.provider.engine.own_service import find_program
from chainfaas.provider.engine.provide_engine import provide_engine
from chainfaas.provider.sandbox.container_config import DEFAULT_RUNTIME, GVISOR_RUNTIME
from chainfaas.provider.sandbox.oci_runtime import sandbox_kind


@pytest.fixture(scope="session")
def engine_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StateFolder]:
    folder = StateFolder(tmp_path_factory.mktemp("e"))
    yield folder
    OwnEngine(folder).stop()
    # An engine that has given a container the host's network, as one dropped flag does, keeps it mounted.
    for mount in Path("/proc/self/mounts").read_text().splitlines():
        place = Path(mount.split()[1])
        if place.is_relative_to(folder.root):
            subprocess.run(["umount", place], check=True)
    shutil.rmtree(folder.root)


@pytest.fixture(scope="session")
def client(engine_folder: StateFolder) -> Iterator[APIClient]:
    """The machine's engine if one answers, else one of our own."""
    made = connect_engine(provide_engine(engine_folder, os.environ))
    yield made
    made.close()


@pytest.fixture(scope="session")
def gvisor_client(client: APIClient, engine_folder: StateFolder) -> Iterator[APIClient]:
    """An engine that knows gVisor: the one above, or one of our own beside it."""
    if GVISOR_RUNTIME in client.info()["Runtimes"]:
        yield client
        return
    if find_program(GVISOR_RUNTIME) is None or find_program("dockerd") is None or os.geteuid() != 0:
        pytest.skip(f"gVisor is not tried: {GVISOR_RUNTIME} and dockerd must be installed, and run by root.")
    made = connect_engine(OwnEngine(engine_folder).start())
    yield made
    made.close()


@pytest.fixture(scope="session")
def ward(client: APIClient) -> Iterator[Ward]:
    with ExitStack() as stack:
        yield stack.enter_context(open_ward(client, sandbox_kind(client, DEFAULT_RUNTIME)))


@pytest.fixture(scope="session")
def gvisor_ward(gvisor_client: APIClient) -> Iterator[Ward]:
    with ExitStack() as stack:
        yield stack.enter_context(open_ward(gvisor_client, sandbox_kind(gvisor_client, GVISOR_RUNTIME)))
