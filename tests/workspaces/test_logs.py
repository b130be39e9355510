"""An invitation's link is a secret: the log has its page, not its token."""

from __future__ import annotations

import secrets
from uuid import uuid4

from postwright.kit.log import redact


def test_the_token_of_a_link_is_not_logged():
    token, id = secrets.token_urlsafe(32), uuid4()
    said = redact(None, "info", {"event": "request", "path": f"/invitations/{token}/accept"})
    assert said["path"] == "/invitations/[hidden]/accept"
    kept = f"/api/v1/workspaces/current/invitations/{id}"
    assert redact(None, "info", {"path": kept})["path"] == kept
