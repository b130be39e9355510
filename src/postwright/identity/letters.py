"""The letters that identity writes: plain text, and in each what to do when one did not ask for it."""

from __future__ import annotations

import structlog

from postwright.edge.state import State
from postwright.kit.mail import Letter, MailFailed

log = structlog.get_logger()


async def post(state: State, letter: Letter) -> bool:
    """Hands a letter to the server; whether it took it. Never inside a transaction."""
    try:
        await state.mailer.send(letter)
    except MailFailed as error:
        log.warning("a letter was not sent", subject=letter.subject, error=str(error))
        return False
    return True


def finish_sign_up(to: str, link: str) -> Letter:
    return Letter(
        to,
        "Finish your Postwright account",
        f"Open this link to choose a password. It works once, within 48 hours:\n\n{link}\n\n"
        "You did not ask for an account? Then leave it: without the link none is made.\n",
    )


def have_an_account(to: str, base_url: str) -> Letter:
    return Letter(
        to,
        "You already have a Postwright account",
        "Somebody, probably you, wanted to create an account with this address. It has one already.\n\n"
        f"Sign in: {base_url}/sign-in\nA new password: {base_url}/forgot\n\n"
        "It was not you? Then there is nothing to do: nothing was changed.\n",
    )


def verify_address(to: str, name: str, link: str) -> Letter:
    return Letter(
        to,
        "Verify your address",
        f"Open this link to say that {to} is the address of the Postwright account “{name}”. It works once, within 48 hours:\n\n{link}\n\n"
        "You do not know that account? Then leave it: nothing happens.\n",
    )


def address_taken(to: str, base_url: str) -> Letter:
    return Letter(
        to,
        "Your address was given for another account",
        "Somebody wanted to move another Postwright account to this address. It stays with yours, and nothing was changed.\n\n"
        f"If that was you: sign in with this address at {base_url}/sign-in\n",
    )


def address_moved(to: str, became: str, base_url: str) -> Letter:
    return Letter(
        to,
        "Your Postwright account has another address",
        f"From now on you sign in with {became} and no longer with this address.\n\n"
        f"It was not you? Then tell whoever runs {base_url} at once: they can lock the account.\n",
    )


def new_password(to: str, link: str) -> Letter:
    return Letter(
        to,
        "A new password for Postwright",
        f"Open this link to set a new password. It works once, within an hour, and ends all sessions:\n\n{link}\n\n"
        "You did not ask for it? Then leave it: your password stays as it is.\n",
    )


def password_changed(to: str, base_url: str) -> Letter:
    return Letter(
        to,
        "Your Postwright password was changed",
        f"It was not you? Then ask for a new one at {base_url}/forgot : that ends all sessions.\n",
    )
