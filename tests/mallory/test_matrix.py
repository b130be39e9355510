"""Every route of the application x everybody who might call it, with the expected answer in one table.

A route that the table does not name fails; so does a line whose route is gone. All rows are real, all bodies are right: a
refusal is for lack of right, and what is allowed is done (and taken back).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from postwright.edge.access import RANK
from tests.mallory.asks import address, body
from tests.mallory.scene import MARK, Scene, Stage, make_app, routes_of

pytestmark = pytest.mark.anyio

# Method; path; least role ("open": anybody, signed in or not; "operator": who runs the server; with "?": who has less does not
# learn that it is there); the scope that a key needs ("-": no key may; "page": keys open no pages; with "*": it is about the whole
# workspace, and a key held to some accounts may not); what Mallory gets who asks
# from her own workspace with the ids of this one ("own": her own things, and nothing of this workspace); and the answer to who
# may, where that is no success: there is no sandbox behind this application, the addresses are verified already,
# and the account has a post of which nobody knows whether it is out.
MATRIX = """
GET    /healthz                                               open     open     open
GET    /readyz                                                open     open     open
POST   /api/v1/sessions                                       open     open     open
POST   /api/v1/sign-up                                        open     open     open
POST   /api/v1/verify                                         open     open     open
POST   /api/v1/forgot                                         open     open     open
POST   /api/v1/reset                                          open     open     open
GET    /api/v1/people                                         operator -        403
GET    /api/v1/people/sign-up                                 operator -        403
PUT    /api/v1/people/sign-up                                 operator -        403
POST   /api/v1/people/{person_id}/deactivate                  operator -        403
POST   /api/v1/people/{person_id}/activate                    operator -        403
POST   /api/v1/people/{person_id}/reset-link                  operator -        403
POST   /api/v1/people/{person_id}/sign-in-link                operator -        403
GET    /api/v1/me                                             viewer   read     own
PATCH  /api/v1/me                                             viewer   -        own
PUT    /api/v1/me/picture                                     viewer   -        own
DELETE /api/v1/me/picture                                     viewer   -        own
POST   /api/v1/me/password                                    viewer   -        own
POST   /api/v1/me/address                                     viewer   -        own
POST   /api/v1/me/address/letter                              viewer   -        409  409
GET    /api/v1/sessions                                       viewer   -        own
DELETE /api/v1/sessions                                       viewer   -        own
DELETE /api/v1/sessions/{session_id}                          viewer   -        404
GET    /api/v1/workspaces                                     viewer   read     own
POST   /api/v1/workspaces                                     viewer   -        own
GET    /api/v1/workspaces/deleted                             viewer   -        own
GET    /api/v1/workspaces/invitations                         viewer   -        own
POST   /api/v1/workspaces/invitations/accept                  viewer   -        404
POST   /api/v1/workspaces/invitations/decline                 viewer   -        404
GET    /api/v1/workspaces/current                             viewer   read     own
PATCH  /api/v1/workspaces/current                             admin    admin*   own
GET    /api/v1/workspaces/current/deletion                    owner    -        own
POST   /api/v1/workspaces/current/delete                      owner    -        422
POST   /api/v1/workspaces/current/leave                       viewer   -        409
POST   /api/v1/workspaces/current/transfer                    owner    -        404
GET    /api/v1/workspaces/current/members                     viewer   read     own
GET    /api/v1/workspaces/current/members/{member}            viewer   read     404
PATCH  /api/v1/workspaces/current/members/{member}            admin    -        404
DELETE /api/v1/workspaces/current/members/{member}            admin    admin*   404
GET    /api/v1/workspaces/current/invitations                 admin    admin    own
POST   /api/v1/workspaces/current/invitations                 admin    -        own
POST   /api/v1/workspaces/current/invitations/{invitation}/send admin    -        404
DELETE /api/v1/workspaces/current/invitations/{invitation}    admin    admin*   404
POST   /api/v1/workspaces/{workspace}/open                    viewer   -        404
POST   /api/v1/workspaces/{workspace}/restore                 owner?   -        404
GET    /api/v1/keys                                           admin    -        own
POST   /api/v1/keys                                           admin    -        own
GET    /api/v1/keys/{key}                                     admin    -        404
PATCH  /api/v1/keys/{key}                                     admin    -        404
DELETE /api/v1/keys/{key}                                     admin    -        404
GET    /api/v1/notifications                                  viewer   read     own
POST   /api/v1/notifications/read                             viewer   -        own
POST   /api/v1/notifications/{id}/read                        viewer   -        404
GET    /api/v1/audit                                          admin    admin    own
GET    /api/v1/audit/export                                   admin    admin    own
GET    /api/v1/accounts                                       viewer   read     own
GET    /api/v1/accounts/{account_id}                          viewer   read     404
POST   /api/v1/accounts/sandbox                               admin    admin    503  503
PATCH  /api/v1/accounts/{account_id}                          admin    admin    404
POST   /api/v1/accounts/{account_id}/try-again                admin    admin    404  409
GET    /api/v1/accounts/{account_id}/schedule                 viewer   read     404
DELETE /api/v1/accounts/{account_id}                          admin    admin    404  409
PUT    /api/v1/accounts/order                                 admin    admin    422
POST   /api/v1/accounts/connect                               admin    -        422  422
POST   /api/v1/accounts/connect/keys                          admin    admin    503  503
GET    /api/v1/connectable                                    viewer   read     own
GET    /api/v1/platform-apps                                  operator -        403
PUT    /api/v1/platform-apps/{platform}                       operator -        403
POST   /api/v1/platform-apps/{platform}/test                  operator -        403  422
DELETE /api/v1/platform-apps/{platform}                       operator -        403  404
POST   /api/v1/drafts                                         editor   draft    own
POST   /api/v1/drafts/find                                    viewer   read     own
GET    /api/v1/drafts                                         viewer   read     own
GET    /api/v1/drafts/{id}                                    viewer   read     404
PATCH  /api/v1/drafts/{id}                                    editor   draft    404
DELETE /api/v1/drafts/{id}                                    editor   draft    404
POST   /api/v1/drafts/{id}/restore                            editor   draft    404
PATCH  /api/v1/drafts/{id}/variants/{platform}                editor   draft    404
POST   /api/v1/drafts/{id}/variants/{platform}/{act}          editor   draft    404
POST   /api/v1/check                                          viewer   read     own
OPTIONS /api/v1/uploads                                      open     open     open
POST   /api/v1/uploads                                        editor   draft    own
HEAD   /api/v1/uploads/{upload_id}                            editor   draft    404
GET    /api/v1/uploads/{upload_id}                            editor   draft    404
PATCH  /api/v1/uploads/{upload_id}                            editor   draft    404
DELETE /api/v1/uploads/{upload_id}                            editor   draft    404
POST   /api/v1/media                                          editor   draft    own
GET    /api/v1/media                                          viewer   read     own
GET    /api/v1/media/room                                     viewer   read     own
PUT    /api/v1/media/room                                     admin    admin*   own
GET    /api/v1/media/{file_id}                                viewer   read     404
PATCH  /api/v1/media/{file_id}                                editor   draft    404
DELETE /api/v1/media/{file_id}                                editor   draft    404
POST   /api/v1/media/{file_id}/restore                        editor   draft    404
POST   /api/v1/media/{file_id}/crop                           editor   draft    404
GET    /api/v1/media/{file_id}/conversions/{platform}         viewer   read     404
POST   /api/v1/media/{file_id}/conversions                    editor   draft    404
GET    /api/v1/media/conversions/{conversion_id}              viewer   read     404
POST   /api/v1/drafts/{id}/media                              editor   draft    404
GET    /api/v1/slots                                          viewer   read     own
POST   /api/v1/drafts/{draft_id}/plan                         editor   schedule 404
PATCH  /api/v1/posts/{post_id}                                editor   schedule 404
GET    /api/v1/calendar                                       viewer   read     own
GET    /api/v1/closed-times                                   viewer   read     own
POST   /api/v1/closed-times                                   editor   schedule own
DELETE /api/v1/closed-times/{closed_id}                       editor   schedule 404
GET    /api/v1/scheduling-preferences                         viewer   read     own
PUT    /api/v1/scheduling-preferences                         viewer   schedule own
GET    /api/v1/posts                                          viewer   read     own
GET    /api/v1/posts/tabs                                     viewer   read     own
GET    /api/v1/today                                          viewer   read     own
POST   /api/v1/posts/schedule                                 editor   schedule own
GET    /api/v1/posts/{post_id}                                viewer   read     404
POST   /api/v1/posts/bulk                                     editor   schedule own
POST   /api/v1/posts/cost                                     viewer   read     own
GET    /api/v1/costs                                          viewer   read     own
PUT    /api/v1/costs/budget                                   admin    admin*   own
GET    /api/v1/posts/{post_id}/preflight                      viewer   read     404
PATCH  /api/v1/posts/{post_id}/content                        editor   schedule 404
GET    /api/v1/posts/{post_id}/edits                          viewer   read     404
POST   /api/v1/posts/{post_id}/edits/{edit_id}/restore        editor   schedule 404
POST   /api/v1/posts/{post_id}/duplicate                      editor   schedule 404
POST   /api/v1/posts/{post_id}/delete                         editor   publish  404  409
GET    /api/v1/platforms                                      viewer   read     own
GET    /api/v1/accounts/{account_id}/choices                  viewer   read     404
POST   /api/v1/posts/{post_id}/schedule                       editor   schedule 404
POST   /api/v1/posts/{post_id}/publish                        editor   publish  404
POST   /api/v1/posts/{post_id}/cancel                         editor   schedule 404
POST   /api/v1/posts/{post_id}/retry                          editor   publish  404
POST   /api/v1/posts/{post_id}/dismiss                        editor   schedule 404
POST   /api/v1/posts/{post_id}/decide                         editor   publish  404
GET    /api/v1/notice-preferences                             viewer   read     own
PATCH  /api/v1/notice-preferences                             viewer   -        own
GET    /api/v1/publishing                                     viewer   read     own
POST   /api/v1/publishing/pause                               editor   publish* own
POST   /api/v1/publishing/resume                              editor   publish* 409  409
POST   /api/v1/publishing/server/pause                        operator -        403
POST   /api/v1/publishing/server/resume                       operator -        403  409
PUT    /api/v1/publishing/policy                              admin    admin*   own
GET    /api/v1/held                                           viewer   read     own
POST   /api/v1/held                                           editor   schedule own
GET    /api/v1/events                                         viewer   read     own
GET    /api/v1/posts/{post_id}/draft                          viewer   read     404  409
PUT    /api/v1/posts/{post_id}/by-hand                        editor   schedule 404
POST   /api/v1/posts/{post_id}/by-hand                        editor   publish  404  409
GET    /api/v1/posts/{post_id}/metrics                        viewer   read     404
GET    /api/v1/sandbox/history                                viewer   read     own
POST   /api/v1/sandbox/history                                admin    admin*   own
DELETE /api/v1/sandbox/history                                admin    admin*   own
GET    /api/v1/drafts/{draft}/comments                        viewer   read     404
POST   /api/v1/drafts/{draft}/comments                        viewer   draft    404
GET    /api/v1/posts/{post}/comments                          viewer   read     404
POST   /api/v1/posts/{post}/comments                          viewer   draft    404
GET    /api/v1/comments/{comment}                             viewer   read     404
PATCH  /api/v1/comments/{comment}                             viewer   draft    404
DELETE /api/v1/comments/{comment}                             viewer   draft    404
POST   /api/v1/comments/{comment}/resolve                     viewer   draft    404
POST   /api/v1/comments/{comment}/reopen                      viewer   draft    404
POST   /api/v1/exports                                        viewer   -        own
GET    /api/v1/exports                                        viewer   -        own
GET    /api/v1/exports/{id}                                   viewer   -        404
GET    /api/v1/exports/{id}/archive                           viewer   -        404
DELETE /api/v1/exports/{id}                                   viewer   -        404
GET    /api/v1/me/deletion                                    viewer   -        own
DELETE /api/v1/me                                             viewer   -        422
GET    /settings                                              viewer   page     own
POST   /settings                                              viewer   page     own
POST   /settings/picture                                      viewer   page     own
POST   /settings/picture/remove                               viewer   page     own
POST   /settings/address                                      viewer   page     own
POST   /settings/address/letter                               viewer   page     409  409
POST   /settings/password                                     viewer   page     own
GET    /people/{person}/pictures/{picture}                    viewer   page     404
GET    /settings/sessions                                     viewer   page     own
POST   /settings/sessions/end                                 viewer   page     own
POST   /settings/sessions/{session}/end                       viewer   page     404
GET    /settings/people                                       operator page     403
POST   /settings/people/sign-up                               operator page     403
POST   /settings/people/{person}/deactivate                   operator page     403
POST   /settings/people/{person}/activate                     operator page     403
POST   /settings/people/{person}/reset-link                   operator page     403
POST   /settings/people/{person}/sign-in-link                 operator page     403
GET    /sign-in                                               open     open     open
POST   /sign-in                                               open     open     open
POST   /sign-out                                              viewer   page     own
GET    /sign-up                                               open     open     open
POST   /sign-up                                               open     open     open
GET    /verify                                                open     open     open
POST   /verify                                                open     open     open
GET    /forgot                                                open     open     open
POST   /forgot                                                open     open     open
GET    /reset                                                 open     open     open
POST   /reset                                                 open     open     open
GET    /settings/members                                      viewer   page     own
POST   /settings/members/invite                               admin    page     own
POST   /settings/members/invitations/{invitation}/send        admin    page     404
POST   /settings/members/invitations/{invitation}/revoke      admin    page     404
POST   /settings/members/{member}                             admin    page     404
POST   /settings/members/{member}/remove                      admin    page     404
GET    /invitations/{token}                                   open     open     open
POST   /invitations/{token}/accept                            viewer   page     404
POST   /invitations/{token}/decline                           viewer   page     404
POST   /workspaces/invitations/{invitation}/accept            viewer   page     404
POST   /workspaces/invitations/{invitation}/decline           viewer   page     404
POST   /invitations/{token}/sign-out                          viewer   page     own
GET    /workspaces                                            viewer   page     own
GET    /workspaces/menu                                       viewer   page     own
POST   /workspaces                                            viewer   page     own
POST   /workspaces/live                                       viewer   page     own
POST   /workspaces/{workspace}/open                           viewer   page     404
POST   /workspaces/{workspace}/restore                        owner?   page     404
GET    /settings/workspace                                    viewer   page     own
POST   /settings/workspace                                    admin    page     own
POST   /settings/workspace/leave                              viewer   page     409
POST   /settings/workspace/transfer                           owner    page     404
GET    /settings/workspace/delete                             owner    page     own
POST   /settings/workspace/delete                             owner    page     422
GET    /settings/keys                                         viewer   page     own
POST   /settings/keys                                         admin    page     own
POST   /settings/keys/{key}/name                              admin    page     404
POST   /settings/keys/{key}/revoke                            admin    page     404
GET    /notifications                                         viewer   page     own
GET    /notifications/_bell                                   viewer   page     own
POST   /notifications/read                                    viewer   page     own
POST   /notifications/{id}/read                               viewer   page     404
POST   /notifications/{id}/open                               viewer   page     404
GET    /settings/audit                                        admin    page     own
GET    /settings/audit/export                                 admin    page     own
GET    /welcome                                               open     open     open
POST   /welcome                                               open     open     open
GET    /                                                      open     open     open
GET    /today                                                 viewer   page     own
POST   /today/steps/dismiss                                   viewer   page     own
POST   /posts/schedule                                        editor   page     own
GET    /posts/scheduled                                       viewer   page     own
GET    /drafts/{draft_id}/schedule                            open     open     open
POST   /drafts/{draft_id}/schedule                            editor   page     404
GET    /drafts/{draft_id}/scheduled                           viewer   page     own
GET    /posts                                                 viewer   page     own
GET    /posts/{post_id}/line                                  viewer   page     404
GET    /posts/{post_id}/row                                   viewer   page     404
GET    /posts/{post_id}                                       viewer   page     404
POST   /posts/{post_id}/schedule                              editor   page     404
POST   /posts/{post_id}/publish                               editor   page     404
POST   /posts/{post_id}/plan-again                            editor   page     404
POST   /posts/{post_id}/cancel                                editor   page     404
POST   /posts/{post_id}/retry                                 editor   page     404
POST   /posts/{post_id}/dismiss                               editor   page     404
POST   /posts/{post_id}/decide                                editor   page     404
POST   /posts/{post_id}/move                                  editor   page     404
GET    /posts/{post_id}/by-hand                               viewer   page     404
GET    /posts/{post_id}/draft.zip                             viewer   page     404  409
POST   /posts/{post_id}/by-hand                               editor   page     404  409
POST   /posts/{post_id}/way                                   editor   page     404
GET    /standing/_banner                                      viewer   page     own
GET    /settings/publishing                                   viewer   page     own
POST   /settings/publishing/pause                             editor   page     own
POST   /settings/publishing/resume                            editor   page     409  409
POST   /settings/publishing/policy                            admin    page     own
POST   /settings/publishing/server/pause                      operator page     403
POST   /settings/publishing/server/resume                     operator page     403  409
POST   /today/held                                            editor   page     409
GET    /settings/notices                                      viewer   page     own
POST   /settings/notices                                      viewer   page     own
GET    /sandbox/break                                         viewer   page     own
POST   /sandbox/break                                         editor   page     503  503
POST   /sandbox/mend                                          editor   page     503  503
GET    /posts/{post_id}/edit                                  viewer   page     404
POST   /posts/{post_id}/edit                                  editor   page     404
POST   /posts/{post_id}/edits/{edit_id}/restore               editor   page     404
POST   /posts/{post_id}/fix                                   editor   page     404  409
POST   /posts/{post_id}/duplicate                             editor   page     404
POST   /posts/{post_id}/delete                                editor   page     404  409
POST   /posts/bulk                                            editor   page     own
GET    /posts/_cost                                           viewer   page     own
GET    /costs                                                 viewer   page     own
POST   /costs                                                 admin    page     own
GET    /drafts                                                viewer   page     own
GET    /drafts/new                                            viewer   page     own
POST   /drafts                                                editor   page     own
GET    /drafts/{id}                                           viewer   page     404
POST   /drafts/{id}/idea                                      editor   page     404
POST   /drafts/{id}/platforms                                 editor   page     404
POST   /drafts/{id}/variants/{slug}                           editor   page     404
POST   /drafts/{id}/variants/{slug}/look                      viewer   page     404
POST   /drafts/{id}/variants/{slug}/media                     editor   page     404
GET    /drafts/{id}/compare/{slug}                            viewer   page     404
POST   /drafts/{id}/delete                                    editor   page     404
POST   /drafts/{id}/restore                                   editor   page     404
GET    /calendar                                              viewer   page     own
POST   /accounts/sandbox                                      admin    page     503  503
POST   /accounts/{account_id}/pause                           admin    page     404
POST   /accounts/{account_id}/resume                          admin    page     404
POST   /accounts/{account_id}/try-again                       admin    page     404  409
POST   /accounts/{account_id}/zone                            admin    page     404
GET    /media                                                 viewer   page     own
POST   /media/room                                            admin    page     own
POST   /media/{file_id}                                       editor   page     404
POST   /deleted-media/{file_id}                               editor   page     404
POST   /deleted-media/{file_id}/restore                       editor   page     404
GET    /accounts/connect                                      admin    page     own
GET    /accounts/connect/{platform}                           admin    page     own
POST   /accounts/connect/{platform}                           admin    page     own  303
GET    /accounts/callback/{platform}                          admin    page     422  422
GET    /accounts/callback/{platform}/{server}                 admin    page     422  422
GET    /accounts/choose/{walk_id}                             admin    page     404  404
POST   /accounts/choose/{walk_id}                             admin    page     404  404
GET    /accounts/{account_id}/disconnect                      admin    page     404
POST   /accounts/{account_id}/disconnect                      admin    page     404  409
POST   /accounts/{account_id}/move                            admin    page     404
GET    /accounts/apps                                         operator page     403
POST   /accounts/apps/{platform}                              operator page     403
POST   /accounts/apps/{platform}/test                         operator page     403  422
POST   /accounts/apps/{platform}/forget                       operator page     403
POST   /accounts/apps/address/look                            operator page     403
GET    /sandbox/connect/{host}/{path:path}                    admin    page     503  503
POST   /sandbox/connect/{host}/{path:path}                    admin    page     503  503
GET    /media/{file_id}/{name}                                open     open     open
HEAD   /media/{file_id}/{name}                                open     open     open
GET    /drafts/{draft_id}/comments                            viewer   page     404
GET    /posts/{post_id}/comments                              viewer   page     404
POST   /drafts/{draft_id}/comments                            viewer   page     404
POST   /posts/{post_id}/comments                              viewer   page     404
POST   /comments/{id}/edit                                    viewer   page     404
POST   /comments/{id}/resolve                                 viewer   page     404
POST   /comments/{id}/reopen                                  viewer   page     404
POST   /comments/{id}/delete                                  viewer   page     404
GET    /settings/data                                         viewer   page     own
GET    /settings/data/_exports                                viewer   page     own
POST   /settings/data/exports                                 viewer   page     own
POST   /settings/data/exports/{id}/delete                     viewer   page     404
GET    /settings/data/exports/{id}/archive                    viewer   page     404
GET    /settings/data/delete                                  viewer   page     own
POST   /settings/data/delete                                  viewer   page     422
GET    /docs/errors                                           open     open     open
GET    /palette.json                                          viewer   page     own
POST   /settings/theme                                        viewer   page     own
GET    /accounts                                              viewer   page     own
GET    /history                                               viewer   page     own
POST   /history                                               admin    page     own
POST   /history/remove                                        admin    page     own
GET    /sandbox                                               viewer   page     own
GET    /sandbox/media/{file_id}                               viewer   page     503  503
GET    /sandbox/media/{file_id}/preview                       viewer   page     503  503
GET    /sandbox/avatars/{account_id}.svg                      viewer   page     404  503
GET    /sandbox/{platform}/{remote_id:path}                   viewer   page     503  503
GET    /events                                                viewer   page     own
"""
ROLES = {"vera": "viewer", "bob": "editor", "ada": "admin", "alice": "owner"}
KEYS = ("read", "draft", "schedule", "publish", "admin")


@dataclass(frozen=True)
class Line:
    """A line of the table."""

    method: str
    path: str
    role: str
    scope: str
    outsider: str
    well: str = ""

    @property
    def needed(self) -> str:
        """The scope alone."""
        return self.scope.rstrip("*")

    @property
    def whole(self) -> bool:
        """Whether it is closed to keys that are held to some accounts."""
        return self.scope.endswith("*")

    def right(self, status: int) -> bool:
        """Whether this is what somebody gets who may."""
        return str(status) == self.well if self.well else status < 400

    @property
    def api(self) -> bool:
        return self.path.startswith("/api/")


LINES = [Line(*line.split()) for line in MATRIX.strip().splitlines()]


def test_every_route_has_a_line_and_every_line_a_route(scene: Scene) -> None:
    named = {(each.method, each.path) for each in LINES}
    assert len(named) == len(LINES)
    assert named == routes_of(make_app(None, scene.home))


async def _ask(stage: Stage, line: Line, caller: str, headers: dict[str, str]) -> Any:
    known = stage.scene.known(caller.partition("_")[0])
    how = body(line.method, line.path, known)
    return await stage(line.method, address(line.method, line.path, known), **(how | {"headers": headers | how.get("headers", {})}))


async def _differences(stage: Stage, caller: str, expect: Any, workspace: Any = None, lines: list[Line] = LINES) -> list[str]:
    """Asks every route; `expect(line)` is a status, or "well"."""
    found = []
    for line in lines:
        wanted = expect(line)
        if wanted is None:
            continue
        answer = await _ask(stage, line, caller, stage.bearer(caller, workspace))
        status = answer.status_code
        if not (line.right(status) if wanted == "well" else status == wanted):
            found.append(f"{line.method} {line.path}: {status} instead of {wanted}: {answer.text[:160]!r}")
    return found


async def test_nobody(stage: Stage) -> None:
    assert await _differences(stage, "nobody", lambda line: "well" if line.role == "open" else 401) == []


@pytest.mark.parametrize("caller", ROLES)
async def test_members(stage: Stage, caller: str) -> None:
    def expect(line: Line) -> str | int:
        if line.role == "operator":
            return 403
        if line.role == "open" or RANK[ROLES[caller]] >= RANK[line.role.rstrip("?")]:
            return "well"
        return 404 if line.role.endswith("?") else 403

    assert await _differences(stage, caller, expect, stage.scene.cast.workspace) == []


async def test_the_operator(stage: Stage) -> None:
    lines = [each for each in LINES if each.role == "operator"]
    assert len(lines) > 8
    assert await _differences(stage, "olga", lambda line: "well", lines=lines) == []


@pytest.mark.parametrize("scope", KEYS)
async def test_keys(stage: Stage, scope: str) -> None:
    def expect(line: Line) -> str | int:
        if line.role == "open":
            return "well"
        if line.scope == "page":
            return 401
        return "well" if line.needed in {"read", scope} else 403

    assert await _differences(stage, f"key_{scope}", expect, stage.scene.cast.workspace) == []


async def test_a_key_held_to_an_account_changes_nothing_of_the_whole_workspace(stage: Stage) -> None:
    assert await _differences(stage, "key_held", lambda line: 403 if line.whole else None, stage.scene.cast.workspace) == []
    others = [each.path for each in LINES if each.scope == "admin" and each.method != "GET"]
    assert all(path.startswith("/api/v1/accounts") for path in others), "what an admin changes beside accounts is the whole workspace's"


@pytest.mark.parametrize("caller", ["key_revoked", "dora"])
async def test_who_is_shut_out(stage: Stage, caller: str) -> None:
    assert await _differences(stage, caller, lambda line: "well" if line.role == "open" else 401, stage.scene.cast.workspace) == []


@pytest.mark.parametrize("caller", ["mallory", "key_elsewhere"])
async def test_an_outsider_who_names_the_workspace(stage: Stage, caller: str) -> None:
    def expect(line: Line) -> str | int:
        if line.role == "open":
            return "well"
        return 401 if line.scope == "page" and caller != "mallory" else 404

    assert await _differences(stage, caller, expect, stage.scene.cast.workspace) == []


@pytest.mark.parametrize("caller", ["mallory", "key_elsewhere"])
async def test_an_outsider_with_the_ids_of_the_workspace(stage: Stage, caller: str) -> None:
    found = []
    for line in LINES:
        if line.role == "open":
            continue
        answer = await _ask(stage, line, caller, stage.bearer(caller, stage.scene.cast.elsewhere))
        known = stage.scene.known(caller)
        sent = f"{address(line.method, line.path, known)} {body(line.method, line.path, known)}"
        status = answer.status_code
        if caller == "key_elsewhere" and line.scope in {"page", "-"}:
            right = status == (401 if line.scope == "page" else 403)
        else:
            right = status < 400 if line.outsider == "own" else str(status) == line.outsider
        if not right:
            found.append(f"{line.method} {line.path}: {status} instead of {line.outsider}: {answer.text[:160]!r}")
        if (MARK in answer.text and MARK not in sent) or any(each in answer.text for each in _secrets(stage.scene, sent)):
            found.append(f"{line.method} {line.path}: tells {answer.text[:300]!r}")
    assert found == []


def _secrets(scene: Scene, sent: str) -> list[str]:
    """Ids that an answer must not tell who did not send them."""
    return [each for name, each in scene.ids.items() if len(each) == 36 and not name.startswith("mallory") and each not in sent]
