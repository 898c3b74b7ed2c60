"""What a controller answers, as values."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.client.errors import ControllerUnreachableError
from chainfaas.domain.amounts import TokenAmount, token_amount
from chainfaas.domain.canonical_json import JsonValue, parse_json
from chainfaas.domain.errors import InvalidInputError
from chainfaas.domain.identifiers import InvocationId, JobId, job_id
from chainfaas.domain.limits import MIB

if TYPE_CHECKING:
    from chainfaas.client.http_connection import HttpAnswer

_TIMING = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_-]*)\s*;(?:[^,]*;)?\s*dur=([0-9]+(?:\.[0-9]+)?)", re.ASCII)
_DOCUMENT_MAX_BYTES = 16 * MIB
_FINAL_STATES = frozenset({"succeeded", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What the headers of an answer to a call say; what is not known yet is ``None``.

    Attributes:
        invocation: What was asked for.
        job: The attempt that gave the answer.
        cost: What is charged.
        receipt: The receipt's bytes, to be checked with `verify_receipt`.
        times_ms: The times that the controller measured, by name.
    """

    invocation: InvocationId
    job: JobId | None
    cost: TokenAmount | None
    receipt: bytes | None
    times_ms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class CallAnswer:
    """A function's answer.

    Attributes:
        output: What the function wrote, as it is. Whoever shows it must not take it for markup.
        content_type: What the function's manifest says that it is.
        facts: Where it came from.
    """

    output: bytes
    content_type: str
    facts: CallFacts


@dataclass(frozen=True, slots=True)
class Invocation:
    """A call as the controller has it.

    Attributes:
        invocation: Its id.
        state: queued, running, succeeded, failed or cancelled.
        jobs: Its attempts, first to last.
        document: Everything that the controller said, under JSON names.
    """

    invocation: InvocationId
    state: str
    jobs: tuple[JobId, ...]
    document: Mapping[str, JsonValue]

    @property
    def has_ended(self) -> bool:
        """Whether nothing follows."""
        return self.state in _FINAL_STATES


def call_facts(headers: Mapping[str, str]) -> CallFacts:
    """Read the headers of an answer to a call.

    Args:
        headers: By lower-case names.

    Raises:
        ControllerUnreachableError: One is missing or malformed.
    """
    try:
        job, cost = headers.get("chainfaas-job"), headers.get("chainfaas-cost")
        return CallFacts(
            invocation=InvocationId.parse(headers.get("chainfaas-invocation", "")),
            job=job_id(job) if job else None,
            cost=token_amount(cost) if cost else None,
            receipt=_receipt(headers.get("chainfaas-receipt")),
            times_ms=_times(headers.get("server-timing", "")),
        )
    except (InvalidInputError, binascii.Error) as fault:
        raise _strange(f"its headers say {fault}") from fault


def parse_document(answer: HttpAnswer) -> Mapping[str, JsonValue]:
    """Read an answer that is a JSON object.

    Args:
        answer: The answer.

    Raises:
        ControllerUnreachableError: It is none.
    """
    try:
        value = parse_json(answer.body, _DOCUMENT_MAX_BYTES, "The answer")
    except InvalidInputError as fault:
        raise _strange(fault.message) from fault
    if not isinstance(value, Mapping):
        raise _strange("it is no JSON object")
    return value


def parse_invocation(document: Mapping[str, JsonValue]) -> Invocation:
    """Read an invocation's document.

    Args:
        document: The JSON object.

    Raises:
        ControllerUnreachableError: It is none of an invocation.
    """
    try:
        return Invocation(
            invocation=InvocationId.parse(text_member(document, "invocation")),
            state=text_member(document, "state"),
            jobs=tuple(job_id(text_member(each, "job")) for each in object_members(document, "jobs")),
            document=document,
        )
    except InvalidInputError as fault:
        raise _strange(fault.message) from fault


def text_member(document: Mapping[str, JsonValue], name: str) -> str:
    """Return a member that is a text.

    Args:
        document: A JSON object.
        name: The member.

    Raises:
        ControllerUnreachableError: It is missing or something else.
    """
    value = document.get(name)
    if not isinstance(value, str):
        raise _strange(f"its member {name} is no text")
    return value


def list_member(document: Mapping[str, JsonValue], name: str) -> Sequence[JsonValue]:
    """Return a member that is a list.

    Args:
        document: A JSON object.
        name: The member.

    Raises:
        ControllerUnreachableError: It is missing or something else.
    """
    value = document.get(name)
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise _strange(f"its member {name} is no list")
    return value


def object_members(document: Mapping[str, JsonValue], name: str) -> list[Mapping[str, JsonValue]]:
    """Return a member that is a list of objects.

    Args:
        document: A JSON object.
        name: The member.

    Raises:
        ControllerUnreachableError: It is missing or something else.
    """
    found = [each for each in list_member(document, name) if isinstance(each, Mapping)]
    if len(found) != len(list_member(document, name)):
        raise _strange(f"its member {name} holds something that is no object")
    return found


def _receipt(header: str | None) -> bytes | None:
    if not header:
        return None
    return base64.b64decode(header + "=" * (-len(header) % 4), altchars=b"-_", validate=True)


def _times(header: str) -> Mapping[str, float]:
    return {name: float(duration) for name, duration in _TIMING.findall(header)}


def _strange(reason: str) -> ControllerUnreachableError:
    return ControllerUnreachableError(
        f"The answer is none of a controller of this release: {reason}.",
        remedy="Check the address, and that both sides are of the same release.",
    )
