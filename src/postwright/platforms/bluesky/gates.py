"""Who may reply to a post: a threadgate record under the post's own key, put before the post so that no reply comes first.

https://docs.bsky.app/docs/tutorials/thread-gates
"""

from __future__ import annotations

from typing import Any

from postwright.platforms.account import Account
from postwright.platforms.answers import Caller
from postwright.platforms.bluesky.answers import xrpc
from postwright.platforms.post import Post

_RULES = {"mentioned": "mentionRule", "following": "followingRule", "followers": "followerRule"}


async def set_gate(bluesky: Caller, account: Account, post: Post, key: str, created_at: str) -> None:
    """Puts the gate that was asked for; putting it again changes nothing. Without a post it binds nobody."""
    who = post.options.get("who_may_reply") or "everyone"
    if who == "everyone":
        return
    record: dict[str, Any] = {
        "$type": "app.bsky.feed.threadgate",
        "post": f"at://{account.platform_user_id}/app.bsky.feed.post/{key}",
        "allow": [{"$type": f"app.bsky.feed.threadgate#{_RULES[who]}"}] if who in _RULES else [],
        "createdAt": created_at,
    }
    body = {"repo": account.platform_user_id, "collection": "app.bsky.feed.threadgate", "rkey": key, "record": record}
    await bluesky.call("POST", xrpc(account, "com.atproto.repo.putRecord"), json=body)
