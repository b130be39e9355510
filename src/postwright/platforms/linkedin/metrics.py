"""What LinkedIn tells of a post.

Members: memberCreatorPostAnalytics; organizations: organizationalEntityShareStatistics
(https://learn.microsoft.com/en-us/linkedin/marketing/community-management/members/post-statistics).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx2

from postwright.platforms.account import Account, Credentials, Profile
from postwright.platforms.answers import Caller
from postwright.platforms.errors import Rejected
from postwright.platforms.figures import pick, words
from postwright.platforms.linkedin.answers import API, caller, urn_of

# Of clicks LinkedIn tells organizations alone.
_OF_MEMBERS = {"impressions": "IMPRESSION", "reach": "MEMBERS_REACHED", "likes": "REACTION", "comments": "COMMENT", "shares": "RESHARE"}


async def measure(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> Mapping[str, int]:
    """Figures of a post; those that the account's permissions do not cover are absent."""
    linkedin = caller(http, credentials)
    if urn_of(account).startswith("urn:li:organization:"):
        return await _of_organization(linkedin, urn_of(account), remote_id)
    told = {name: await _of_member(linkedin, remote_id, kind) for name, kind in _OF_MEMBERS.items()}
    return pick(**told)


async def _of_member(linkedin: Caller, urn: str, kind: str) -> Any:
    entity = f"({'ugc' if ':ugcPost:' in urn else 'share'}:{quote(urn, safe='')})"
    url = f"{API}/memberCreatorPostAnalytics?q=entity&entity={entity}&queryType={kind}&aggregation=TOTAL"
    try:
        answer = await linkedin.call("GET", url)
    except Rejected as refused:
        if refused.rule == "forbidden":  # the scope r_member_postAnalytics is given to few
            return None
        raise
    return answer.get("elements", 0, "count")


async def _of_organization(linkedin: Caller, organization: str, urn: str) -> Mapping[str, int]:
    field = "ugcPosts" if ":ugcPost:" in urn else "shares"
    entity = quote(organization, safe="")
    query = f"q=organizationalEntity&organizationalEntity={entity}&{field}=List({quote(urn, safe='')})"
    url = f"{API}/organizationalEntityShareStatistics?{query}"
    told = (await linkedin.call("GET", url)).get("elements", 0, "totalShareStatistics") or {}
    return pick(
        impressions=told.get("impressionCount"),
        reach=told.get("uniqueImpressionsCount"),
        likes=told.get("likeCount"),
        comments=told.get("commentCount"),
        shares=told.get("shareCount"),
        clicks=told.get("clickCount"),
    )


async def read_profile(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Profile:
    """A member by OpenID, a page by its organization; figures are told elsewhere (`read_audience`)."""
    linkedin, (kind, _, number) = caller(http, credentials), urn_of(account).rpartition(":")
    if kind == "urn:li:organization":
        told = await linkedin.call("GET", f"{API}/organizations/{quote(number, safe='')}")
        name = words(told.get("localizedName"))
        return Profile(words(told.get("vanityName")) or name, name)
    me = await linkedin.call("GET", "https://api.linkedin.com/v2/userinfo")
    name = words(me.get("name"))
    return Profile(name, name, words(me.get("picture")))


async def read_audience(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Mapping[str, int]:
    """Followers of a member or of a page; absent where the account's permissions do not cover it.

    https://learn.microsoft.com/en-us/linkedin/marketing/community-management/members/follower-statistics, /organizations/networksizes-api
    """
    linkedin, author = caller(http, credentials), urn_of(account)
    try:
        if author.startswith("urn:li:organization:"):
            url = f"{API}/networkSizes/{quote(author, safe='')}"
            answer = await linkedin.call("GET", url, params={"edgeType": "COMPANY_FOLLOWED_BY_MEMBER"})
            return pick(followers=answer.get("firstDegreeSize"))
        answer = await linkedin.call("GET", f"{API}/memberFollowersCount", params={"q": "me"})
    except Rejected as refused:
        if refused.rule == "forbidden":  # the scope r_member_profileAnalytics is given to few
            return {}
        raise
    return pick(followers=answer.get("elements", 0, "memberFollowersCount"))
