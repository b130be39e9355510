"""Telling people what concerns them: `notify` writes notices, a page and the API show them."""

from postwright.notices.notify import notify

__all__ = ["notify"]
