"""Jobs of accounts: tokens are renewed early, names are kept up, people are warned in time, grants are taken back."""

from __future__ import annotations

from uuid import UUID

import procrastinate
import structlog

from postwright.connections import disconnect, naming, renew
from postwright.edge.state import State
from postwright.platforms.errors import Transient

log = structlog.get_logger()
tasks = procrastinate.Blueprint()

_TRIES = 6  # within about two hours
_AGAIN = procrastinate.RetryStrategy(max_attempts=_TRIES, exponential_wait=4, retry_exceptions={Transient})


@tasks.periodic(cron="* * * * *")
@tasks.task(name="renew_tokens", pass_context=True, queueing_lock="renew_tokens")
async def renew_tokens(context: procrastinate.JobContext, timestamp: int) -> None:
    """Each minute: fresh tokens for accounts whose old ones end soon."""
    if done := await renew.renew_due(_state(context)):
        log.info("tokens renewed", accounts=done)


@tasks.periodic(cron="*/10 * * * *")
@tasks.task(name="name_accounts", queue="heavy", pass_context=True, queueing_lock="name_accounts")
async def name_accounts(context: procrastinate.JobContext, timestamp: int) -> None:
    """Each account once a day: what it is called now, and how many follow it."""
    if done := await naming.name_due(_state(context)):
        log.info("accounts named", accounts=done)


@tasks.periodic(cron="37 * * * *")
@tasks.task(name="warn_of_ending_accounts", pass_context=True, queueing_lock="warn_of_ending_accounts")
async def warn_of_ending_accounts(context: procrastinate.JobContext, timestamp: int) -> None:
    """Each hour: a notice about accounts that a person must connect again within a week."""
    if told := await renew.warn(_state(context)):
        log.info("accounts that need a person soon", accounts=told)


@tasks.task(name="revoke_account", pass_context=True, retry=_AGAIN)
async def revoke_account(context: procrastinate.JobContext, workspace: str, ids: list[str]) -> None:
    """Takes the grants of disconnected accounts back. One that cannot be now is found by `revoke_left` later."""
    state = _state(context)
    for each in ids:
        insist = await disconnect.is_worth_insisting(state, UUID(workspace), UUID(each))
        await disconnect.revoke(state, UUID(workspace), UUID(each), insist=insist)


@tasks.periodic(cron="*/15 * * * *")
@tasks.task(name="revoke_left", pass_context=True, queueing_lock="revoke_left")
async def revoke_left(context: procrastinate.JobContext, timestamp: int) -> None:
    """Looks for disconnected accounts whose grants were not taken back."""
    if left := await disconnect.revoke_left(_state(context)):
        log.info("grants that are still to be taken back", accounts=left)


def _state(context: procrastinate.JobContext) -> State:
    state: State = context.additional_context["state"]
    return state
