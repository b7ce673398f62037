"""
What happens in the setup flow of versions that have one (2.10 and later).

What a step shows stands in its entries: the titles of steps come from translations that are made
when the server is built, and those of a provider from outside are not among them.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
from typing import TYPE_CHECKING, Any

from mass_alexa import AlexaError, normalise_site

from . import accounts, diagnostics, form, texts
from .backoff import BACKOFF
from .constants import (
    KEY_ACCOUNT,
    KEY_CONSENT,
    KEY_NEXT,
    KEY_SITE,
    KEY_STATUS,
    STAGE_SECONDS,
)
from .sentences import CONSENT_TO_GO_ON, PLAIN_HTTP
from .sign_in import SignIn, last_failure

if TYPE_CHECKING:
    from music_assistant_models.config_entries import ConfigEntry, ConfigValueType

    from .sign_in import Outcome

KEEP = "keep"
SIGN_IN_AGAIN = "sign_in_again"


class Flow:
    """
    One run. What was given once is not asked for again after a failure.

    :param session: ``SetupSession`` of the server.
    """

    def __init__(self, session: Any) -> None:
        context = session.context
        self._session = session
        self._mass = session.mass
        # An instance that an earlier version set up has everything among its options.
        self._form = form.Form.read({**(context.values or {}), **(context.setup_data or {})})
        # A sign-in that Amazon refused is of no use any more; what failed otherwise may pass.
        self._next = KEEP if context.reason == "error" else SIGN_IN_AGAIN
        self._owner = context.instance_id or f"flow {session.flow_id}"
        self._errors: dict[str, str] = {}
        self._new: str | None = None

    async def attempt(self) -> bool:
        """
        Go through the steps once; false where they have to be gone through again.
        """
        if not await self._ask():
            return False
        if not self._form.account or self._next == SIGN_IN_AGAIN:
            outcome = await self._sign_in()
            if outcome is None or outcome.reference is None:
                return False
            self._forget_new()
            self._new = self._form.account = outcome.reference
            self._form.site = outcome.site or self._form.site
            self._next = KEEP
        return await self._finish(self._form.account)

    def leave(self) -> None:
        """
        End what was not finished.
        """
        self._forget_new()

    async def _ask(self) -> bool:
        step_id = "account_again" if self._form.account else "account"
        values = await self._session.form(
            self._entries(step_id), step_id=step_id, errors=self._errors
        )
        self._errors = {}
        self._form.consent = values.get(KEY_CONSENT) is True
        self._form.site = str(values.get(KEY_SITE) or self._form.site)
        self._next = KEEP if values.get(KEY_NEXT) == KEEP else SIGN_IN_AGAIN
        if not self._form.consent:
            self._errors[KEY_CONSENT] = CONSENT_TO_GO_ON
        try:
            self._form.site = normalise_site(self._form.site)
        except AlexaError as err:
            self._errors[KEY_SITE] = str(err)
        return not self._errors

    def _entries(self, step_id: str) -> list[ConfigEntry]:
        status = texts.step(step_id, "description")
        if getattr(self._mass.webserver, "base_url", "").startswith("http:"):
            status = f"{status} {PLAIN_HTTP}"
        entries = [
            form.notice(),
            form.consent(accepted=self._form.consent),
            form.site(self._form.site),
        ]
        if self._form.account:
            entries.append(form.choice(KEY_NEXT, [SIGN_IN_AGAIN, KEEP], self._next))
        entries.append(form.label(KEY_STATUS, status))
        failure = last_failure(self._mass) if "base" in self._errors else None
        if failure and failure.report:
            report = {"last_failed_sign_in": failure.report.splitlines()}
            entries += form.shown_report(diagnostics.text(report))
        return entries

    async def _sign_in(self) -> Outcome | None:
        try:
            sign_in = await SignIn.open(self._mass, self._owner, self._form.site)
        except AlexaError as err:
            self._errors["base"] = str(err)
            return None
        # Where the flow is given up meanwhile, its end takes page and account with it.
        finishing = asyncio.ensure_future(sign_in.finish())
        try:
            while not finishing.done():
                await self._show(sign_in, finishing)
            outcome = finishing.result()
        finally:
            finishing.cancel()
            sign_in.take_away()
        if outcome.reference is None:
            self._errors["base"] = outcome.text
        return outcome

    async def _show(self, sign_in: SignIn, finishing: asyncio.Future[Outcome]) -> None:
        """
        Show how far the sign-in is, until that changes.
        """
        change = _changed(sign_in, finishing)
        # A second more than there is: the sign-in ends by itself, and knows why.
        seconds = sign_in.seconds_left + 1
        with contextlib.suppress(_of_server("StepExpiredError")):
            if sign_in.busy:
                await self._session.progress_until(
                    change, "signing_in", text=sign_in.stage, expires_in=seconds
                )
            else:
                await self._session.external_until(
                    change, sign_in.url, step_id="sign_in", expires_in=seconds
                )

    async def _finish(self, reference: str) -> bool:
        values: dict[str, ConfigValueType] = {
            KEY_CONSENT: True,
            KEY_SITE: self._form.site,
            KEY_ACCOUNT: reference,
        }
        # It is the user who wants to try now.
        BACKOFF.accepted(reference)
        self._session.progress("loading", text=texts.step("loading", "progress_text"))
        try:
            await self._session.finish(values)
        except _of_server("SetupFlowError") as err:
            self._errors["base"] = str(err)
            return False
        self._new = None
        return True

    def _forget_new(self) -> None:
        if self._new is not None:
            # In the background: the server gives a flow that was given up little time to end.
            self._mass.create_task(accounts.discard(self._mass, self._new))
            self._new = None


async def _changed(sign_in: SignIn, finishing: asyncio.Future[Outcome]) -> None:
    def seen() -> tuple[str, float | None] | None:
        return (sign_in.stage, sign_in.until) if sign_in.busy else None

    first = seen()
    while not finishing.done() and seen() == first:
        await asyncio.wait({finishing}, timeout=STAGE_SECONDS)


def _of_server(name: str) -> type[Exception]:
    module = importlib.import_module("music_assistant.models.setup_flow")
    found: type[Exception] = getattr(module, name)
    return found
