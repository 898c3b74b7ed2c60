"""The numbers of a controller's batches: each is stored before anything that carries it is signed."""

from __future__ import annotations

import threading
from pathlib import Path

from chainfaas.domain.identifiers import SEQUENCE_BITS, BatchId, ControllerId, compose_batch_id
from examples.scripts.chain import Chain
from examples.scripts.event_fields import number

_AFTER_A_LOSS = 2**20
"""How far beyond the chain's highest number to go on when the file is lost: others may be signed already."""


class BatchNumbers:
    """Counts one controller's batches in a file."""

    def __init__(self, chain: Chain, controller: ControllerId, file: Path) -> None:
        """Go on where the file ends; without one, well beyond what the chain has seen.

        Args:
            chain: The network.
            controller: Whose batches.
            file: Holds the next sequence number.
        """
        self._controller, self._file = controller, file
        self._one_at_a_time = threading.Lock()
        if not file.exists():
            self._store(_sequence_after_loss(chain, controller))

    def take(self) -> BatchId:
        """Return a number that was never taken before."""
        with self._one_at_a_time:
            sequence = int(self._file.read_text(encoding="ascii"))
            self._store(sequence + 1)
            return compose_batch_id(self._controller, sequence)

    def _store(self, sequence: int) -> None:
        unfinished = self._file.with_suffix(".tmp")
        unfinished.write_text(str(sequence), encoding="ascii")
        unfinished.replace(self._file)


def _sequence_after_loss(chain: Chain, controller: ControllerId) -> int:
    head = chain.reader.head().number
    events = chain.reader.read_events_in_range(chain.deployments.first_block, head)
    batches = (number(event, "batchId") for event in events if event.name == "BatchOpened")
    sequences = [
        batch & (1 << SEQUENCE_BITS) - 1 for batch in batches if batch >> SEQUENCE_BITS == controller
    ]
    return max(sequences) + _AFTER_A_LOSS if sequences else 1
