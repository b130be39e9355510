"""E-mail behind a small port: a real SMTP server, or none, which whoever writes must then say."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib

_TIMEOUT = 10.0  # seconds, for the whole conversation with the server


class MailFailed(Exception):
    """The server did not take the letter; the words are its own."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A plain-text e-mail to one person."""

    to: str
    subject: str
    text: str


class Mailer(Protocol):
    """Where letters go."""

    @property
    def sends(self) -> bool:
        """Whether there is a server at all."""
        ...

    async def send(self, letter: Letter) -> None:
        """Hands the letter to the server. Raises MailFailed."""
        ...


@dataclass(frozen=True, slots=True)
class Smtp:
    """A server given as `smtp://user:password@host:port` (STARTTLS where it offers it) or `smtps://...`."""

    url: str
    sender: str
    sends: bool = True

    def __repr__(self) -> str:
        return f"Smtp({urlsplit(self.url).hostname})"

    async def send(self, letter: Letter) -> None:
        where = urlsplit(self.url)
        secure = where.scheme == "smtps"
        try:
            await aiosmtplib.send(
                self._message(letter),
                hostname=where.hostname,
                port=where.port or (465 if secure else 587),
                username=unquote(where.username) if where.username else None,
                password=unquote(where.password) if where.password else None,
                use_tls=secure,
                start_tls=False if secure else None,
                timeout=_TIMEOUT,
            )
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise MailFailed(str(error).splitlines()[0] if str(error) else type(error).__name__) from error

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, letter.to, letter.subject
        message["Message-ID"] = make_msgid(domain=self.sender.rpartition("@")[2].strip(">") or "localhost")
        message.set_content(letter.text)
        return message


@dataclass(frozen=True, slots=True)
class NoMail:
    """No server is set up: nothing is sent, and nobody is told that it was."""

    sends: bool = False

    async def send(self, letter: Letter) -> None:
        raise MailFailed("this server sends no e-mail: POSTWRIGHT_SMTP_URL is not set")


def make_mailer(url: str | None, sender: str) -> Mailer:
    """The server of the settings, or none."""
    return Smtp(url, sender) if url else NoMail()
