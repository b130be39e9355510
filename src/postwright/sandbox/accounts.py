"""Fictional brands with an account on each pretend platform, authorised from the start."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from postwright.sandbox import ids
from postwright.sandbox.engagement import followers_at
from postwright.sandbox.records import Account, Token
from postwright.sandbox.world import World

PLATFORMS = (
    "youtube", "tiktok", "instagram", "x", "linkedin", "facebook", "bluesky", "mastodon",
    "threads", "telegram", "discord", "wordpress", "ghost", "substack", "webhook",
)  # fmt: skip
GRANT_LASTS = 60 * 86_400  # seconds; accounts granted here need no renewal for as long
RENEW_BEFORE = 7 * 86_400
# What ends only when it is revoked: keys, and tokens of Pages and of Mastodon.
LASTING = frozenset({"facebook", "mastodon", "telegram", "discord", "wordpress", "ghost", "substack", "webhook"})
KEY_LASTS = 100 * 365 * 86_400
HOSTS: Mapping[str, str] = {
    "bluesky": "bsky.social", "mastodon": "mastodon.example", "wordpress": "wordpress.example", "ghost": "ghost.example",
    "substack": "substack.example", "webhook": "hooks.example",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Brand:
    """Who a workspace pretends to be. `person` speaks where people do."""

    slug: str
    name: str
    person: str
    about: str
    colour: str


BRANDS = (
    Brand("juniper", "Juniper & Oak", "Mara Juniper", "Small-batch stationery, made slowly.", "#3d6b59"),
    Brand("harbourlight", "Harbour Light Coffee", "Tomas Vale", "Roasting by the sea since last Tuesday.", "#8a4b2a"),
    Brand("northbarn", "North Barn Cycles", "Ines Calder", "Steel bicycles, mended for life.", "#2f4f7f"),
    Brand("papermoon", "Paper Moon Press", "Idris Wren", "Picture books for long evenings.", "#6a3f7a"),
    Brand("saltmarsh", "Saltmarsh Gardens", "Oona Marsh", "Plants that forgive you.", "#5a7a2f"),
    Brand("tallyho", "Tally Software", "Rafael Stone", "Bookkeeping that stays out of the way.", "#20707a"),
)
PEOPLE = frozenset({"linkedin"})  # where the account is a person's
SCOPES: Mapping[str, str] = {
    "x": "tweet.read tweet.write users.read media.write offline.access",
    "linkedin": "openid profile w_member_social r_member_postAnalytics r_member_profileAnalytics",
    "instagram": "instagram_business_basic instagram_business_content_publish instagram_business_manage_insights"
    " instagram_business_manage_comments",
    "facebook": "pages_show_list pages_manage_posts pages_read_engagement pages_manage_engagement read_insights",
    "tiktok": "user.info.basic,user.info.profile,user.info.stats,video.publish,video.list",
    "youtube": "https://www.googleapis.com/auth/youtube.upload https://www.googleapis.com/auth/youtube.readonly"
    " https://www.googleapis.com/auth/youtube.force-ssl https://www.googleapis.com/auth/yt-analytics.readonly",
    "bluesky": "com.atproto.access",
    "mastodon": "read:accounts read:statuses write:statuses write:media",
    "threads": "threads_basic,threads_content_publish,threads_manage_insights,threads_manage_replies,threads_read_replies,threads_delete",
    "telegram": "bot",
    "discord": "bot",
    "wordpress": "application password",
    "ghost": "admin api key",
    "substack": "",
    "webhook": "",
}
# What TikTok and YouTube ask and have no default for: the owners of these accounts have chosen, once and for all their posts.
CHOSEN: Mapping[str, Mapping[str, Any]] = {
    "tiktok": {"privacy_level": "PUBLIC_TO_EVERYONE", "music_consent": True}, "youtube": {"made_for_kids": "false"},
}  # fmt: skip
AUDIENCES: Mapping[str, tuple[int, int]] = {
    "x": (1_200, 6_500), "linkedin": (900, 4_200), "instagram": (2_400, 14_000), "facebook": (1_800, 9_000),
    "tiktok": (1_500, 18_000), "youtube": (800, 7_500), "bluesky": (300, 2_600), "mastodon": (180, 1_500),
    "threads": (600, 4_800), "telegram": (250, 3_200), "discord": (150, 1_900), "wordpress": (200, 2_400), "ghost": (160, 1_800),
    "substack": (200, 2_200), "webhook": (110, 900),
}  # fmt: skip


def grant(world: World, workspace: str, platforms: Sequence[str], base: str) -> list[dict[str, Any]]:
    """The workspace's account on each platform, made where it is missing, with tokens that work."""
    with world.ledger.transaction():
        return [_granted(world, world.ledger.account_of(workspace, name) or _create(world, workspace, name), base) for name in platforms]


def twin(world: World, first: Account) -> Account:
    """A second account of whoever has the first; not yet in the ledger."""
    now = world.clock()
    brand = brand_of(first.workspace)
    handle = _free_handle(world, first.platform, replace(brand, slug=f"{brand.slug}-studio"))
    name = f"{first.display_name} Studio"
    return replace(first, id=_new_id(first.platform, now), handle=handle, display_name=name, followers=first.followers // 3, created_at=now)


def issue(world: World, account: Account, lasts: float, scope: str | None = None) -> tuple[Token, Token]:
    """A new access and refresh token; `lasts` is the access token's life in seconds, `scope` what was allowed (None: all)."""
    now = world.clock()
    scope = SCOPES[account.platform] if scope is None else scope
    access = Token(_secret(account, "access", now, now + lasts), account.id, "access", scope, now + lasts)
    refresh = Token(_secret(account, "refresh", now, now + 365 * 86_400), account.id, "refresh", scope, now + 365 * 86_400)
    world.ledger.add_token(access)
    world.ledger.add_token(refresh)
    return access, refresh


def brand_of(workspace: str) -> Brand:
    """The brand a workspace pretends to be; always the same."""
    return BRANDS[hashlib.sha256(workspace.encode()).digest()[0] % len(BRANDS)]


def avatar_url(base: str, account: Account) -> str:
    return f"{base}/_sandbox/avatars/{account.id}.svg"


def avatar_svg(account: Account) -> str:
    """A plain picture with the account's initials."""
    brand = brand_of(account.workspace)
    initials = "".join(word[0] for word in account.display_name.split() if word[0].isalpha())[:2]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" role="img" aria-label="{initials}">'
        f'<rect width="96" height="96" fill="{brand.colour}"/>'
        f'<text x="48" y="60" font-family="Georgia, serif" font-size="38" fill="#fff" text-anchor="middle">{initials}</text></svg>'
    )


def _create(world: World, workspace: str, platform: str) -> Account:
    now = world.clock()
    brand = brand_of(workspace)
    low, high = AUDIENCES[platform]
    followers = low + int.from_bytes(hashlib.sha256(f"{workspace}:{platform}".encode()).digest()[:4], "big") % (high - low)
    name = brand.person if platform in PEOPLE else brand.name
    profile: dict[str, Any] = {"about": brand.about, "audience_utc_offset": 1}
    profile |= CHOSEN.get(platform, {})
    handle = _free_handle(world, platform, brand)
    account = Account(_new_id(platform, now), workspace, platform, handle, name, HOSTS.get(platform), followers, now, profile)
    world.ledger.add_account(account)
    return account


def _free_handle(world: World, platform: str, brand: Brand) -> str:
    for number in range(1, 100_000):
        handle = _handle(platform, f"{brand.slug}{number if number > 1 else ''}")
        if world.ledger.account_named(platform, handle) is None:
            return handle
    raise RuntimeError("the sandbox ran out of handles")


def _handle(platform: str, slug: str) -> str:
    if platform == "mastodon":
        return f"{slug}@mastodon.example"
    return f"@{slug}.example" if platform == "youtube" else f"{slug}.example"


def _new_id(platform: str, now: float) -> str:
    match platform:
        case "x":
            return ids.x_id(now)
        case "linkedin":
            return ids.letters(10)
        case "instagram":
            return ids.meta_id("17841", 17)
        case "facebook":
            return ids.meta_id("10", 15)
        case "tiktok":
            return f"-000{ids.letters(32)}"
        case "youtube":
            return f"UC{ids.letters(22)}"
        case "threads":
            return ids.meta_id("25", 17)
        case "telegram":
            return f"-100{ids.digits_of(10)}"
        case "discord":
            return ids.discord_id(now)
        case "ghost":
            return secrets.token_hex(12)  # also the id of its Admin API key
        case "webhook":
            return f"ep_{ids.letters(24)}"
        case "bluesky":
            return "did:plc:" + "".join(secrets.choice(ids.BASE32_SORT) for _ in range(24))
        case _:
            return ids.mastodon_id(now)


def tokens_of(world: World, account: Account) -> tuple[Token, Token]:
    """The access and refresh token that work; new ones where they end soon."""
    now = world.clock()
    access = world.ledger.live_token(account.id, "access", now + RENEW_BEFORE)
    refresh = world.ledger.live_token(account.id, "refresh", now)
    if access is None or refresh is None or not _may_all(access, account):
        return issue(world, account, KEY_LASTS if account.platform in LASTING else GRANT_LASTS)
    return access, refresh


def _may_all(token: Token, account: Account) -> bool:
    """Whether it holds every permission that the account's first token did."""
    return set(_names(SCOPES[account.platform])) <= set(_names(token.scope))


def _names(scope: str) -> list[str]:
    return scope.replace(",", " ").split()


def _granted(world: World, account: Account, base: str) -> dict[str, Any]:
    now, lasts = world.clock(), account.platform in LASTING
    access, refresh = tokens_of(world, account)
    return {
        "platform": account.platform,
        "platform_user_id": account.id,
        "handle": account.handle,
        "display_name": account.display_name,
        "host": account.host,
        "access_token": access.token,
        "refresh_token": None if lasts else refresh.token,
        "expires_in": None if lasts else int(access.expires_at - now),
        "scope": access.scope,
        "avatar_url": avatar_url(base, account),
        "profile": {**CHOSEN.get(account.platform, {}), **_told(account), "followers": followers_at(account, now)},
    }


def _told(account: Account) -> dict[str, Any]:
    """What a platform tells of an account to an app; how it treats a creator it tells elsewhere."""
    return {name: value for name, value in account.profile.items() if name != "creator"}


def _secret(account: Account, kind: str, now: float, until: float) -> str:
    if made := _KEYS.get(account.platform):
        return made(account, kind)
    if account.platform != "bluesky":
        return ids.secret(f"sandbox-{account.platform}-{kind}")
    claims = {
        "scope": f"com.atproto.{kind}",
        "sub": account.id,
        "aud": "did:web:bsky.social",
        "iat": int(now),
        "exp": int(until),
        "jti": ids.letters(16),
    }
    return ".".join((_segment({"typ": "at+jwt", "alg": "ES256K"}), _segment(claims), secrets.token_urlsafe(48)))


def _segment(value: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


# Keys in the shapes in which these platforms hand them out.
_KEYS: Mapping[str, Callable[[Account, str], str]] = {
    "telegram": lambda account, kind: f"{ids.digits_of(10)}:{ids.letters(35)}",
    "wordpress": lambda account, kind: f"{account.handle.split('.')[0]}:{' '.join(ids.letters(4) for _ in range(6))}",
    "ghost": lambda account, kind: f"{account.id}:{secrets.token_hex(32)}",
    "webhook": lambda account, kind: (
        f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()} https://{HOSTS['webhook']}/{account.id}/{ids.letters(12)}"
    ),
}
