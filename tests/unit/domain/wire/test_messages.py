from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainfaas.domain.canonical_json import JsonValue
from chainfaas.domain.wire.log_in import (
    SessionGrant,
    parse_challenge,
    parse_challenge_request,
    parse_session_grant,
    parse_session_request,
)
from chainfaas.domain.wire.multipart import decode_json, encode_json
from chainfaas.domain.wire.polls import parse_poll, parse_poll_answer
from chainfaas.domain.wire.problems import parse_problem
from chainfaas.domain.wire.reports import parse_reports_answer, parse_reports_request
from chainfaas.domain.wire.settlements import parse_settlements_answer, parse_settlements_request
from tests.unit.domain.wire import message_strategies as messages


class Message(Protocol):
    def as_json(self) -> dict[str, JsonValue]: ...


CONVERSATIONS: dict[str, tuple[st.SearchStrategy[Any], Callable[[JsonValue], Message]]] = {
    "challenge request": (messages.challenge_requests, parse_challenge_request),
    "challenge": (messages.challenges, parse_challenge),
    "session request": (messages.session_requests, parse_session_request),
    "session grant": (messages.session_grants, parse_session_grant),
    "poll": (messages.polls, parse_poll),
    "poll answer": (messages.poll_answers, parse_poll_answer),
    "reports": (messages.report_requests, parse_reports_request),
    "reports answer": (messages.report_answers, parse_reports_answer),
    "settlements": (messages.settlement_requests, parse_settlements_request),
    "settlements answer": (messages.settlement_answers, parse_settlements_answer),
    "problem": (messages.problems, parse_problem),
}


@pytest.mark.parametrize("name", CONVERSATIONS)
@settings(max_examples=40)
@given(data=st.data())
def test_parse__every_message__gives_back_what_was_written(name: str, data: st.DataObject) -> None:
    strategy, parse = CONVERSATIONS[name]
    message = data.draw(strategy)
    assert parse(decode_json(encode_json(message.as_json()))) == message


@given(grant=messages.session_grants)
def test_repr__session_grant__holds_no_token(grant: SessionGrant) -> None:
    assert "token" not in repr(grant)
