"""Serves a controller with gunicorn: one worker process, which owns everything, and many threads."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication

from chainfaas.controller.bootstrap.build_controller import build_controller
from chainfaas.controller.lifeline import Lifeline
from chainfaas.controller.serving.prompt_worker import PromptWorker
from chainfaas.observability.crash_points import CRASH_VARIABLE
from chainfaas.observability.latency import favour_latency

if TYPE_CHECKING:
    from flask import Flask

    from chainfaas.chain.state_folder import StateFolder
    from chainfaas.controller.controller import Controller
    from chainfaas.controller.settings import ControllerSettings

GRACE_SECONDS = 20
"""How long requests that are being served may take after the word to stop."""

KEEP_ALIVE_SECONDS = 75

CONNECTIONS_A_THREAD = 4
"""Connections beyond that push out the ones that were silent longest."""

START_SECONDS = 120
"""How long the start may take: the index is brought up to date before anything is served."""


class ControllerServer(BaseApplication):  # type: ignore[misc]  # gunicorn carries no types
    """A gunicorn application; ``run`` does not return."""

    def __init__(self, folder: StateFolder, settings: ControllerSettings) -> None:
        """Build nothing yet: the worker does.

        Args:
            folder: The state folder.
            settings: How the controller behaves.
        """
        self._folder = folder
        self._settings = settings
        self._controller: Controller | None = None
        self._lifeline = Lifeline()
        super().__init__()

    def load_config(self) -> None:
        """Tell gunicorn what it needs to know."""
        settings = self._settings
        chosen: dict[str, Any] = {
            "bind": f"{settings.host}:{settings.port}",
            "worker_class": f"{PromptWorker.__module__}.{PromptWorker.__qualname__}",
            "workers": 1,
            "threads": settings.threads,
            "worker_connections": settings.threads * CONNECTIONS_A_THREAD,
            "timeout": START_SECONDS,
            "graceful_timeout": GRACE_SECONDS,
            "keepalive": KEEP_ALIVE_SECONDS,
            "proc_name": "chainfaas-controller",
            "loglevel": "warning",
            "control_socket_disable": True,
            "post_fork": self._on_fork,
            "post_worker_init": self._on_ready,
            "worker_exit": self._on_exit,
        }
        for name, value in chosen.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Flask:
        """Build the controller and start it, in the worker."""
        self._controller = build_controller(self._folder, self._settings)
        self._controller.start()
        favour_latency()
        return self._controller.app

    def _on_fork(self, server: object, worker: Any) -> None:  # noqa: ANN401 - gunicorn's own
        del server
        self._lifeline.hold()
        # Who dies at a point on purpose does so once: the next one shows whether that was survived, and of
        # several points has the one that follows.
        points = dict(enumerate(os.environ.pop(CRASH_VARIABLE, "").split(","), start=1))
        if point := points.get(worker.age):
            os.environ[CRASH_VARIABLE] = point

    def _on_ready(self, worker: object) -> None:
        del worker
        former = signal.getsignal(signal.SIGTERM)

        def stop_gently(number: int, frame: Any) -> None:  # noqa: ANN401 - what signal hands over
            # Polls that wait would hold the worker for as long as they may wait. In a thread of its own: a
            # signal's handler must not wait for a lock.
            if self._controller is not None:
                threading.Thread(target=self._controller.refuse_new, daemon=True).start()
            if callable(former):
                former(number, frame)

        signal.signal(signal.SIGTERM, stop_gently)

    def _on_exit(self, server: object, worker: object) -> None:
        del server, worker
        if self._controller is not None:
            self._controller.stop()
