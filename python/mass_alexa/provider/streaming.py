"""
Playing the music of Music Assistant on Echos: the gateway of an instance and what it tells.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from music_assistant_models.enums import EventType
from music_assistant_models.errors import MusicAssistantError, PlayerCommandFailed

from mass_alexa import AlexaError
from mass_alexa.gateway import Gateway

from . import accounts, compat
from .asks import Asks
from .constants import (
    AFTERGLOW_SECONDS,
    AUTOMATIC,
    GATEWAY_RETRY_SECONDS,
    KEY_PAIRING,
    SIGN_OUT_SECONDS,
    TROUBLE_SECONDS,
    WATCH_FIRST_SECONDS,
)
from .player_compat import player_setting
from .queue import Deck
from .sentences import stream_ready
from .stream_settings import StreamSettings
from .texts import message

if TYPE_CHECKING:
    from collections.abc import Callable

    from music_assistant_models.event import MassEvent

    from mass_alexa import PlayerState
    from mass_alexa.gateway import GatewayEvent, GatewayWatch, Stage

    from .player import AlexaPlayer
    from .provider import AlexaProvider
    from .streamed import StreamedPlayer


class Streaming:
    """
    The gateway of one instance, from its load to its end.

    :param provider: The provider with the account.
    """

    def __init__(self, provider: AlexaProvider) -> None:
        self._provider = provider
        self._mass = provider.mass
        self._asks = Asks(provider, self)
        self._decks: dict[str, Deck] = {}
        self._watch: GatewayWatch | None = None
        self._unsubscribe: Callable[[], None] | None = None
        self._noted: str | None = None
        self.settings = StreamSettings.saved(provider.mass, provider.instance_id)
        self.gateway: Gateway | None = None
        self.problem: str | None = None

    @property
    def wanted(self) -> bool:
        """
        Whether the user wants it, working or not.
        """
        return self.settings.wanted

    async def start(self) -> None:
        """
        Start the gateway if it is wanted. What fails is kept, told, and tried again later.
        """
        if not self.wanted or self.gateway is not None or self._provider.dropped:
            return
        self.problem = await asyncio.to_thread(self.settings.problem)
        if self.problem is None:
            try:
                self.gateway = await Gateway.start(
                    self._provider.connected_or_ended,
                    self.settings.for_gateway(),
                    reach=accounts.settings(),
                )
            except AlexaError as err:
                self.problem = str(err)
        if self.gateway is None:
            self._provider.logger.warning("%s", self.problem)
            self._provider.plan("gateway", GATEWAY_RETRY_SECONDS, self._start_again)
        else:
            self._watch = self.gateway.watch()
            self._mass.create_task(self._follow(self.gateway, self._watch))
            self._unsubscribe = self._mass.subscribe(
                self._on_queue, (EventType.QUEUE_ADDED, EventType.QUEUE_UPDATED)
            )
            self._provider.logger.info("The gateway listens at %s.", self.gateway.address)
        # Later: at the end of a load the server forgets what it was told.
        self._provider.plan("trouble", TROUBLE_SECONDS, self._tell)

    async def close(self) -> None:
        """
        End the gateway. What plays goes on in the next one.
        """
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        if self._watch is not None:
            self._watch.close()
            self._watch = None
        gateway, self.gateway = self.gateway, None
        if gateway is not None:
            await gateway.close()

    async def silence(self) -> None:
        """
        Stop what plays, because nobody will be there to go on with it.
        """
        gateway = self.gateway
        if gateway is None:
            return
        playing = [one.serial for one in gateway.stages() if one.playback != "idle"]
        stopping = [asyncio.ensure_future(gateway.stop(serial)) for serial in playing]
        if stopping:
            await asyncio.wait(stopping, timeout=SIGN_OUT_SECONDS)
        for one in stopping:
            if not one.done():
                one.cancel()
            elif error := one.exception():
                self._provider.logger.debug("An Echo was not stopped: %s", error)

    def need(self, name: str) -> Gateway:
        """
        The gateway, for a command; raises why there is none.

        :param name: What the player is called.
        """
        if self.gateway is None:
            problem = self.problem or message("stream_starting")
            raise PlayerCommandFailed(
                message("stream_not_running").format(name=name, problem=problem)
            )
        return self.gateway

    def deck(self, serial: str, player_id: str) -> Deck:
        """
        What an Echo was given.

        :param serial: Serial of the device.
        :param player_id: Its player.
        """
        return self._decks.setdefault(serial, Deck(self._mass, player_id))

    def stage(self, serial: str) -> Stage | None:
        """
        What an Echo does with something of ours; ``None`` where nothing of ours is loaded.

        :param serial: Serial of the device.
        """
        stage = self.gateway.stage(serial) if self.gateway else None
        if stage is None or stage.item is None or stage.playback == "idle":
            return None
        return stage

    def shown(self, serial: str, state: PlayerState | None) -> Stage | None:
        """
        The stage that is to be seen; ``None`` where what Alexa does by itself is.

        :param serial: Serial of the device.
        :param state: What Alexa says that it does.
        """
        stage = self.stage(serial)
        if stage is None or stage.playback != "paused" or state is None:
            return stage
        plays_other = state.playback == "playing" and not self._has_our_title(serial, state)
        return None if plays_other and state.updated_at > stage.updated_at else stage

    def is_ours(self, serial: str, state: PlayerState) -> bool:
        """
        Whether Alexa speaks of something that was ours, as it does for a while after its end.

        :param serial: Serial of the device.
        :param state: What Alexa says that it does.
        """
        if not self._has_our_title(serial, state):
            return False
        stage = self.gateway.stage(serial) if self.gateway else None
        return stage is not None and state.updated_at < stage.updated_at + AFTERGLOW_SECONDS

    def reason(self, serial: str) -> str | None:
        """
        Why an Echo does not play although it should.

        :param serial: Serial of the device.
        """
        stage = self.gateway.stage(serial) if self.gateway else None
        return stage.reason if stage else None

    def pair(self, player: StreamedPlayer) -> None:
        """
        Carry out what the settings of a player say about which device of the skill it is.

        :param player: The player.
        """
        if self.gateway is None:
            return
        chosen = player_setting(player, KEY_PAIRING, AUTOMATIC)
        try:
            for device in self.gateway.pairings():
                if device.id == chosen and not (
                    device.serial == player.serial and device.is_confirmed
                ):
                    self.gateway.pair(device.id, player.serial)
                elif device.id != chosen and device.id == player.paired_by_hand:
                    self.gateway.pair(device.id, None)
        except AlexaError as err:
            self._provider.logger.warning("%s", err)
        player.paired_by_hand = chosen if isinstance(chosen, str) and chosen != AUTOMATIC else None

    def summary(self) -> str | None:
        """
        A sentence about how it stands; ``None`` where it is not wanted.
        """
        if not self.wanted:
            return None
        if self.gateway is None:
            return self.problem or message("stream_starting")
        known = sum(1 for device in self.gateway.pairings() if device.serial)
        ready = stream_ready(self.settings.public_url, self.settings.port, known)
        return f"{ready} {self.problem}" if self.problem else ready

    def report(self) -> dict[str, Any]:
        """
        What a report of a problem needs of it; no address and no name.
        """
        settings = self.settings
        report: dict[str, Any] = {
            "wanted": settings.wanted,
            "running": self.gateway is not None,
            "problem": self.problem,
            "port": settings.port,
            "own_certificate": bool(settings.certificates),
            "proxies": bool(settings.proxies),
            "skill": bool(settings.skill_id),
        }
        if self.gateway is not None:
            devices = self.gateway.pairings()
            report |= {
                "skill_devices": len(devices),
                "paired": sum(1 for device in devices if device.serial),
                "stages": [stage.playback for stage in self.gateway.stages()],
                **_without_names(self.gateway.facts()),
            }
        return report

    def _has_our_title(self, serial: str, state: PlayerState) -> bool:
        deck = self._decks.get(serial)
        return deck is not None and state.title is not None and state.title == deck.last_title

    async def _follow(self, gateway: Gateway, watch: GatewayWatch) -> None:
        while self.gateway is gateway:
            reading = asyncio.ensure_future(self._read(watch))
            try:
                await asyncio.wait({reading})
            finally:
                reading.cancel()
            if self.gateway is not gateway:
                return
            # A mistake of ours, and no reason to be deaf: the next one begins with everything.
            error = None if reading.cancelled() else reading.exception()
            self._provider.logger.warning("Reading the gateway begins again.", exc_info=error)
            watch.close()
            await asyncio.sleep(WATCH_FIRST_SECONDS)
            self._watch = watch = gateway.watch()

    async def _read(self, watch: GatewayWatch) -> None:
        async for event in watch:
            self._take(event)

    def _take(self, event: GatewayEvent) -> None:
        if event.stage is not None:
            if player := self._provider.roster.player(event.stage.serial):
                self._take_stage(player, event.stage)
        elif event.ask is not None:
            self._asks.take(event.ask)
        elif event.trouble is not None:
            serial, error = event.trouble.serial, event.trouble.error
            player = self._provider.roster.player(serial) if serial else None
            name = f"{player.display_name}: " if player else ""
            self._provider.logger.warning("%s%s", name, error)
            if player is None:
                self.problem = str(error)
                self._tell()
        elif event.pairings is not None:
            for player in self._provider.roster.players():
                self.pair(player)

    def _take_stage(self, player: AlexaPlayer, stage: Stage) -> None:
        deck = self.deck(player.serial, player.player_id)
        if stage.item == deck.next:
            deck.next = None
        if stage.reason:
            self._provider.logger.warning("%s: %s", player.display_name, stage.reason)
        elif stage.playback == "playing" and self.problem:
            # It works again.
            self.problem = None
            self._tell()
        player.show()

    def _on_queue(self, event: MassEvent) -> None:
        """
        Follow a queue: restore one that comes back, and forget what comes next no more.
        """
        player = self._provider.roster.player_of(event.object_id or "")
        if player is None or (stage := self.stage(player.serial)) is None:
            return
        deck = self.deck(player.serial, player.player_id)
        if event.event == EventType.QUEUE_ADDED:
            self._mass.create_task(self._restore(player, deck, stage))
        elif deck.next is not None and self.gateway is not None:
            queue = event.data
            if queue.current_index is None or not self._mass.player_queues.get_next_item(
                queue.queue_id, queue.current_index
            ):
                deck.next = None
                self.gateway.enqueue(player.serial, None)

    async def _restore(self, player: AlexaPlayer, deck: Deck, stage: Stage) -> None:
        try:
            await deck.restore(stage)
        except MusicAssistantError as err:
            self._provider.logger.warning("%s: %s", player.display_name, err)
        player.show()

    def _start_again(self) -> None:
        self._provider.start("gateway", self.start)

    def _tell(self) -> None:
        """
        Show in the list of providers what has to be put right, or that it was.
        """
        if self.problem != self._noted:
            compat.note_trouble(self._mass, self._provider.instance_id, self.problem, self._noted)
            self._noted = self.problem


def _without_names(facts: dict[str, Any]) -> dict[str, Any]:
    """
    The facts of a gateway without addresses and devices.
    """
    streams = facts.get("streams") or {}
    return {
        "requests": facts.get("requests"),
        "streams": list(streams.values()) if isinstance(streams, dict) else streams,
    }
