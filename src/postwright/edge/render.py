"""Pages and fragments out of Jinja templates."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import jinja2
from fastapi.responses import HTMLResponse
from markupsafe import Markup, escape

from postwright.edge.addresses import inside
from postwright.edge.locales import DEFAULT, spell
from postwright.kit.reach import told
from postwright.platforms import registry
from postwright.platforms.figures import WORDS

if TYPE_CHECKING:
    from fastapi import Request

    from postwright.edge.callers import Caller
    from postwright.edge.context import Context, LongContext
    from postwright.errors import PostwrightError

_WEB = Path(__file__).parent.parent / "web"


def page(ctx: Context | LongContext, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A whole page inside base.html."""
    return fragment(ctx, template, status, **values)


def fragment(ctx: Context | LongContext, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A piece of a page, for htmx."""
    known = _common(ctx.request) | {
        "ctx": ctx, "caller": ctx.caller, "csrf": ctx.caller.csrf, "now": ctx.now, "simulated": ctx.caller.workspace.simulated,
        "standing": _standing(ctx.request, ctx.caller),
    }  # fmt: skip
    return HTMLResponse(environment().get_template(template).render(known | values), status)


def _standing(request: Request, caller: Caller | None) -> Any:
    """What holds the workspace's posts back, as the process saw it last (publishing/pulse.py); None where nothing watches."""
    watch = getattr(request.app.state, "watch", None)
    return watch.seen.of(caller.workspace.id) if watch and caller else None


def public_page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page for somebody who has not signed in."""
    known = _common(request) | {"ctx": None, "caller": None, "csrf": "", "now": datetime.now(UTC), "simulated": False, "standing": None}
    return HTMLResponse(environment().get_template(template).render(known | values), status)


def error_page(request: Request, problem: PostwrightError, status: int) -> HTMLResponse:
    """What happened, what was kept, who must act."""
    caller = getattr(request.state, "caller", None)
    known = _common(request) | {
        "ctx": None, "caller": caller, "csrf": caller.csrf if caller else "", "now": datetime.now(UTC),
        "standing": _standing(request, caller),
        "simulated": bool(caller and caller.workspace.simulated), "problem": problem, "status": status,
    }  # fmt: skip
    return HTMLResponse(environment().get_template("errors/error.html").render(known), status)


@cache
def environment() -> jinja2.Environment:
    """The one Jinja environment; a missing variable is an error."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_WEB / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(when=when, local=_local, spelled=_spelled, inside=inside, unreachable=told)
    env.globals.update(icon=icon, static=static, name_of_platform=registry.name_of, mark_of_platform=registry.mark_of, figure_words=WORDS)
    return env


def when(moment: datetime | None, now: datetime | None = None) -> Markup:
    """The age of a moment ("2 min ago", "in 3 h"), in a <time> that scripts keep fresh."""
    if moment is None:
        return Markup("–")
    return Markup('<time datetime="{}" title="{}" data-age>{}</time>').format(
        moment.isoformat(), f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC", age(moment, now or datetime.now(UTC))
    )


def age(moment: datetime, now: datetime) -> str:
    """A distance in time in one unit."""
    seconds = (now - moment).total_seconds()
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if abs(seconds) >= size:
            count = int(abs(seconds) // size)
            return f"{count} {unit} ago" if seconds > 0 else f"in {count} {unit}"
    return "just now" if seconds >= 0 else "in less than a minute"


def local(moment: datetime | None, zone: str, form: str = "%a %d %b, %H:%M", locale: str = DEFAULT) -> str:
    """A moment at the wall clock of a zone."""
    return "–" if moment is None else spell(moment.astimezone(ZoneInfo(zone)), form, locale)


@jinja2.pass_context
def _local(context: jinja2.runtime.Context, moment: datetime | None, zone: str, form: str = "%a %d %b, %H:%M") -> str:
    """The same in the locale of whoever reads the page."""
    return local(moment, zone, form, getattr(context.get("caller"), "locale", DEFAULT))


@jinja2.pass_context
def _spelled(context: jinja2.runtime.Context, wall: datetime | date, form: str) -> str:
    """A wall time or a day in the locale of whoever reads the page."""
    return spell(wall, form, getattr(context.get("caller"), "locale", DEFAULT))


def icon(name: str, label: str | None = None) -> Markup:
    """A Lucide icon inline; without a label it is decoration."""
    hidden = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup('<svg class="icon" viewBox="0 0 24 24" width="16" height="16" {}>{}</svg>').format(hidden, _icon_body(name))


@lru_cache(maxsize=256)
def _icon_body(name: str) -> Markup:
    source = (_WEB / "static" / "vendor" / "lucide" / f"{name}.svg").read_text(encoding="utf-8")
    return Markup(source[source.index(">", source.index("<svg")) + 1 : source.rindex("</svg>")].strip())  # noqa: S704 - the icon set's own files


@lru_cache(maxsize=512)
def static(path: str) -> str:
    """The address of a static file, with a part that changes when the file does."""
    file = _WEB / "static" / path
    version = hashlib.sha256(file.read_bytes()).hexdigest()[:10] if file.is_file() else "0"
    return f"/static/{escape(path)}?v={version}"


def _common(request: Request) -> dict[str, Any]:
    theme = request.cookies.get("theme", "")
    return {"request": request, "path": request.url.path, "theme": theme if theme in {"light", "dark"} else "system"}
