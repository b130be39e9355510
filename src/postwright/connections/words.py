"""What platforms call scopes, in words for people."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from postwright.connections.models import AccountRow
from postwright.platforms import registry
from postwright.platforms.base import Platform

_WORDS: Mapping[str, str] = {
    "tweet.read": "read posts", "tweet.write": "write and delete posts", "users.read": "see who the account is",
    "media.write": "upload media", "offline.access": "stay connected", "openid": "know who signs in", "profile": "see name and picture",
    "w_member_social": "post in the member's name", "r_organization_admin": "see the organisations that the member administers",
    "w_organization_social": "post in the organisation's name", "r_organization_social": "read the organisation's posts",
    "instagram_business_basic": "see the profile and its media", "instagram_business_content_publish": "publish",
    "instagram_business_manage_insights": "read numbers", "instagram_business_manage_comments": "write the first comment",
    "pages_show_list": "list the Pages", "pages_manage_posts": "write and delete posts", "pages_read_engagement": "read the Page's posts",
    "pages_manage_engagement": "write the first comment", "read_insights": "read numbers", "user.info.basic": "see name and picture",
    "user.info.profile": "see the user name", "user.info.stats": "read follower numbers", "video.publish": "publish",
    "video.upload": "upload drafts", "video.list": "read the account's videos", "youtube.upload": "upload videos",
    "youtube.readonly": "see the channel", "youtube.force-ssl": "change videos and write comments",
    "yt-analytics.readonly": "read numbers", "read:accounts": "see who the account is", "read:statuses": "read posts",
    "write:statuses": "write and delete posts", "write:media": "upload media", "read": "read",
    "com.atproto.access": "use the account", "com.atproto.appPass": "use the account, but not its settings",
}  # fmt: skip


def missing_of(account: AccountRow) -> list[tuple[str, str]]:
    """What its platform was not told to allow, of what posting there needs; nothing where the platform does not say what it allows."""
    platform = registry.REGISTRY.get(account.platform)
    return in_words(lacking(platform, account.scopes)) if platform is not None else []


def lacking(platform: Platform, granted: Collection[str]) -> list[str]:
    """The scopes that the platform asks for and that are not among those granted; `read` covers `read:statuses`."""
    if platform.oauth is None or not granted:
        return []
    return [each for each in platform.oauth.scopes if each not in granted and each.partition(":")[0] not in granted]


def in_words(scopes: Iterable[str]) -> list[tuple[str, str]]:
    """Each scope with its words; one that we do not know stands for itself."""
    return [(scope, _WORDS.get(scope.removeprefix("https://www.googleapis.com/auth/"), scope)) for scope in scopes]
