"""The models of X's own Python SDK, made from its OpenAPI description: what the sandbox answers consists of what they know.

They let everything pass that they do not know; here nothing of the kind may be there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from pydantic import BaseModel

from tests.peers.conftest import Sandbox

schemas = pytest.importorskip("xdk.schemas", reason="xdk is not installed: it is in requirements/dev.txt")

POST = {"tweet.fields": "created_at,public_metrics,author_id,conversation_id,entities,referenced_tweets,in_reply_to_user_id"}
# What the API answers under its old name, to who asks by the old name, and the models have under the new one.
OLD_NAMES = {
    "edit_history_tweet_ids": "edit_history_post_ids", "referenced_tweets": "referenced_posts", "tweet_count": "post_count",
    "retweet_count": "repost_count",
}  # fmt: skip

BESIDES = {"parameters", "errors"}  # what a refusal says besides, by docs.x.com/x-api/fundamentals/response-codes-and-errors


class X:
    """An account of the sandbox, and answers that were read by a model."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.account, credentials = sandbox.accounts("x")["x"]
        headers = {"Authorization": f"Bearer {credentials.access_token}"}
        self.http = httpx2.Client(base_url=f"{sandbox.url}/api.x.com/2", headers=headers)

    def ask(self, model: type[Any], method: str, path: str, **more: Any) -> Any:
        read = model.model_validate(renamed(self.http.request(method, path, **more).json()))
        assert list(unknown(read)) == []
        return read

    def post(self, text: str, **more: Any) -> Any:
        body = schemas.CreatePostsRequest.model_validate({"text": text, **more})
        assert list(unknown(body)) == []
        return self.ask(schemas.CreatePostsResponse, "POST", "/tweets", json=body.model_dump(exclude_none=True)).data


@pytest.fixture
def x(sandbox: Sandbox) -> Iterator[X]:
    made = X(sandbox)
    yield made
    made.http.close()


def renamed(answer: Any) -> Any:
    if isinstance(answer, dict):
        return {OLD_NAMES.get(name, name): renamed(value) for name, value in answer.items()}
    return [renamed(each) for each in answer] if isinstance(answer, list) else answer


def unknown(value: object, at: str = "") -> Iterator[str]:
    """Where what was read holds something that the description does not name."""
    if isinstance(value, BaseModel):
        yield from (f"{at}.{name} = {more!r}" for name, more in (value.model_extra or {}).items() if name not in BESIDES)
        for name in type(value).model_fields:
            yield from unknown(getattr(value, name), f"{at}.{name}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from unknown(each, f"{at}[{number}]")


def test_a_post_with_a_link_and_its_reply(x: X) -> None:
    words = f"Bread {uuid4().hex[:8]}"
    made = x.post(f"{words} https://example.com/a", reply_settings="following")
    assert made.text.startswith(words)
    reply = x.post(f"{words} again", reply={"in_reply_to_tweet_id": made.id})
    shown = x.ask(schemas.GetPostsByIdResponse, "GET", f"/tweets/{made.id}", params=POST).data
    assert (shown.id, shown.author_id, shown.conversation_id) == (made.id, x.account.platform_user_id, made.id)
    assert [each.expanded_url for each in shown.entities.urls] == ["https://example.com/a"]
    below = x.ask(schemas.GetPostsByIdResponse, "GET", f"/tweets/{reply.id}", params=POST).data
    assert (below.conversation_id, below.in_reply_to_user_id) == (made.id, x.account.platform_user_id)
    assert x.ask(schemas.DeletePostsResponse, "DELETE", f"/tweets/{made.id}").data.deleted is True


def test_a_list_and_its_owner(x: X) -> None:
    ids = [x.post(f"Loaf {uuid4().hex[:8]}").id for _ in range(2)]
    listed = x.ask(schemas.GetUsersPostsResponse, "GET", f"/users/{x.account.platform_user_id}/tweets", params={"max_results": 5, **POST})
    assert [each.id for each in listed.data][:2] == ids[::-1]
    assert listed.meta.result_count == len(listed.data)
    me = x.ask(schemas.GetUsersMeResponse, "GET", "/users/me", params={"user.fields": "public_metrics,profile_image_url,created_at"}).data
    assert (me.id, me.username) == (x.account.platform_user_id, x.account.handle)


def test_what_is_not_there_is_a_problem_of_the_description(x: X) -> None:
    (problem,) = x.ask(schemas.GetPostsByIdResponse, "GET", "/tweets/1").errors
    assert type(problem).__name__ == "ResourceNotFoundProblem"


def test_an_invalid_request_is_a_problem_of_the_description(x: X) -> None:
    problem = x.ask(schemas.InvalidRequestProblem, "POST", "/tweets", json={"text": ""})
    assert problem.status == 400
