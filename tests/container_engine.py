"""An engine and a registry for tests with real containers: the machine's engine if one answers, else ours."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docker import APIClient

from chainfaas.chain.state_folder import StateFolder
from chainfaas.domain.manifests import Image
from chainfaas.provider.engine.base_image import provide_base_image
from chainfaas.provider.engine.find_engine import Engine, connect_engine
from chainfaas.provider.engine.own_engine import OwnEngine
from chainfaas.provider.engine.own_registry import OwnRegistry
from chainfaas.provider.engine.provide_engine import provide_engine
from chainfaas.provider.engine.publish_image import push_image


@dataclass(frozen=True, slots=True)
class ContainerWorld:
    """An engine that answers, a registry that it reaches, and an image with a shell and Python in both."""

    engine: Engine
    client: APIClient
    registry: str
    """Host and port."""
    python: Image


@contextlib.contextmanager
def container_world(root: Path) -> Iterator[ContainerWorld]:
    """Bring a world up and down again; an engine that was there before is left as it was."""
    folder = StateFolder(root)
    with contextlib.ExitStack() as stack:
        stack.callback(OwnEngine(folder).stop)
        engine = provide_engine(folder, os.environ)
        client = connect_engine(engine)
        stack.callback(client.close)
        stack.callback(OwnRegistry(folder).stop)
        registry = OwnRegistry(folder).start()
        repository = f"{registry}/python"
        client.tag(provide_base_image(client, os.environ), repository)
        yield ContainerWorld(engine, client, registry, push_image(client, repository))
