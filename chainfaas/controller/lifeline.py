"""Has the process that serves end with the one that watches over it, however that one ends."""

from __future__ import annotations

import os
import signal
import threading


class Lifeline:
    """A pipe into which nobody writes: when the only process that could is gone, its readers see the end.

    A worker whose first process was killed would hold port and database for as long as its requests wait,
    and keep a new controller from starting.
    """

    def __init__(self) -> None:
        """Open it, in the process that is to be outlived by none."""
        self._read, self._write = os.pipe()

    def hold(self) -> None:
        """Die by SIGKILL as soon as the process that opened it is gone; called once in each worker.

        Nothing is tidied up: whoever starts next takes up what is on disk.
        """
        os.close(self._write)
        threading.Thread(target=self._wait, name="lifeline", daemon=True).start()

    def _wait(self) -> None:
        os.read(self._read, 1)
        os.kill(os.getpid(), signal.SIGKILL)
