"""Following calls at a controller's own process."""

from __future__ import annotations

import pytest

from chainfaas.client.call_follower import CallFollower, has_ended
from chainfaas.client.controller_client import Call, ControllerClient
from chainfaas.client.errors import FunctionFailedError, ThingNotFoundError


def test_follow__calls_made_meanwhile__each_yielded_once_oldest_first(client: ControllerClient) -> None:
    for content in (b"1", b"2", b"3"):
        client.invoke(Call("quick", content))
    made = []

    def pause() -> None:
        made.append(str(client.invoke(Call("quick", b"new")).facts.invocation))

    calls = CallFollower(client, "quick").follow(2, pause)
    found = [next(calls) for _ in range(4)]

    newest_first = [str(each["invocation"]) for each in client.invocations(4)]
    assert [each["invocation"] for each in found] == newest_first[::-1]
    assert [each["invocation"] for each in found[2:]] == made
    assert all(has_ended(each) for each in found)


def test_follow__no_pause__ends(client: ControllerClient) -> None:
    client.invoke(Call("quick", b"1"))
    assert len(list(CallFollower(client, "quick").follow(1, None))) == 1


def test_log__function_fails__what_it_wrote_and_how_it_ended(client: ControllerClient) -> None:
    follower = CallFollower(client, "quick")
    with pytest.raises(FunctionFailedError):
        client.invoke(Call("quick", b"fail"))
    [call] = follower.latest(1)
    assert follower.log(call) == b"why\n"
    attempts = follower.details(call)["jobs"]
    assert isinstance(attempts, list)
    assert "FUNCTION_ERROR" in str(attempts[-1])


def test_call_follower__no_such_function__says_so(client: ControllerClient) -> None:
    with pytest.raises(ThingNotFoundError):
        CallFollower(client, "never-published")
