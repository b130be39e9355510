"""Everything that is looked up and checked before a platform is called."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

import httpx2

from postwright.db.session import Actor
from postwright.kit.reach import told
from postwright.platforms.account import Account, Credentials
from postwright.platforms.base import Platform
from postwright.platforms.capabilities import Receipt
from postwright.platforms.errors import Rejected
from postwright.platforms.offers import Known
from postwright.platforms.option_checks import check_options
from postwright.platforms.post import Media, Post
from postwright.publishing import store
from postwright.publishing.engine import Engine
from postwright.publishing.media import load_media
from postwright.publishing.snapshot import media_of, post_of
from postwright.publishing.store import Claim
from postwright.studio.choices import known_of

_MEDIA_LINK_LIFE = timedelta(hours=25)  # Instagram may pull a medium until its container dies at 24 h
_ADDRESS = re.compile(r"https?://[^\s\x00-\x1f\x7f\"<>\\]+", re.IGNORECASE)
_LONGEST_ADDRESS = 2000  # characters


@dataclass(frozen=True, slots=True)
class Ready:
    """All that an adapter needs."""

    platform: Platform
    client: httpx2.AsyncClient
    account: Account
    credentials: Credentials
    environment: str
    post: Post

    def proof(self, receipt: Receipt) -> Receipt:
        """The receipt with an address that may be opened. A site says itself where a post stands, and may say anything: instead of
        what is no web address stands the account's own."""
        if len(receipt.url) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(receipt.url):
            return receipt
        host = self.account.host or next(iter(self.platform.origins), self.account.handle)
        return replace(receipt, url=f"https://{host}/")


async def prepare(engine: Engine, claim: Claim, *, recheck: bool = True) -> Ready:
    """Reads account, tokens (renewed, when they are about to end) and media. Raises Rejected when the content breaks a rule
    (`recheck`), QuotaExhausted when the platform says that it takes no more, NotFound when the account is gone, ReauthRequired,
    Transient."""
    platform = engine.platform_of(claim.platform)
    account, credentials, environment = await engine.accounts(claim.account)
    credentials = await engine.fresh(claim.account, credentials)
    media = await _load_media(engine, claim) if media_of(claim.snapshot) else ()
    post = replace(post_of(claim.snapshot, claim.content, platform.rules.default_format), media=media)
    if recheck:
        _check_reach(platform, post, environment, engine.state.settings.base_url)
        _check(platform, post, await _known(engine, claim, platform, account))
    ready = Ready(platform, engine.clients.get(claim.platform, environment), account, credentials, environment, post)
    if recheck and platform.quota is not None:
        await engine.quotas.need_room(claim, partial(platform.quota, ready.client, account, credentials))
    if recheck and platform.spends is not None and claim.attempt <= 1 and (spent := platform.spends(post)):
        async with engine.transaction() as db:
            await store.spend_tokens(db, claim, spent, engine.now())
    return ready


async def _load_media(engine: Engine, claim: Claim) -> tuple[Media, ...]:
    async with engine.transaction() as db:
        return await load_media(db, engine.state, claim.workspace_id, claim.snapshot, expires=engine.now() + _MEDIA_LINK_LIFE)


async def _known(engine: Engine, claim: Claim, platform: Platform, account: Account) -> Known:
    """What the account brings along; what it may choose is read where its platform tells that: it may have changed meanwhile."""
    if platform.choices is None:
        return Known(account.profile)
    async with engine.transaction() as db:
        found = await known_of(db, Actor("service_role", workspace=claim.workspace_id), [claim.connection_id])
    return found[0].known() if found else Known(account.profile)


def _check_reach(platform: Platform, post: Post, environment: str, served_at: str) -> None:
    """A platform that would fetch a medium from an address of this machine or network is not even called."""
    if environment != "live" or not any(medium.kind in platform.rules.pulls for medium in post.media):
        return
    if why := told(served_at):
        raise Rejected(why, field="media", rule="reachable")


def _check(platform: Platform, post: Post, known: Known) -> None:
    missing = next((each for each in post.media if not each.path.is_file()), None)
    if missing is not None:
        raise Rejected("A medium of this post is no longer in the storage. Attach it again.", field="media", rule="media_missing")
    findings = (*platform.findings(post, known.told()), *check_options(post, platform, known))
    stops = next((each for each in findings if each.level == "error"), None)
    if stops is not None:
        raise Rejected(stops.message, field=stops.field, rule=stops.rule, limit=stops.limit, actual=stops.actual, source=stops.source)
