"""The parts of a running program, opened once: settings, database, clock, dispatchers."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from services.core.clock import Clock, SharedClock, utc_now
from services.core.errors import ClocksContradict
from services.core.settings import Settings
from services.devices.calls import DeviceCallDispatcher
from services.ledger.recorder_store import DatabaseRecorderStore
from services.livestock.domain.movement_decision import Policy
from services.livestock.readers.calls import reader_calls
from services.livestock.recording.policy import set_policy
from services.maintenance.restoring import require_finished
from services.messaging.dispatch.store import DatabaseDispatchStore
from services.runtime.command_catalogue import CommandCatalogue
from services.runtime.wakeup import WakeupBroker
from services.storage.database import Database
from services.storage.server_time import CONTRADICTS, follow, say_ahead
from services.storage.unit_of_work import Units
from services.village.senders import BoxCaps
from services.village.sync import sync_call


@dataclass(frozen=True)
class Runtime:
    """One running program's parts. `close` it at the end."""

    settings: Settings
    database: Database
    clock: Clock = field(default=utc_now)
    wakeup: WakeupBroker | None = None

    @classmethod
    def open(cls, settings: Settings, clock: Clock = utc_now) -> "Runtime":
        """Open the database of `settings`; its schema is not looked at.

        On PostgreSQL the time is that of its server, unless another clock is given.

        Raises:
            RestoreUnfinished: a restore into the data folder did not end.
        """
        require_finished(settings)
        database = Database.from_settings(settings)
        wakeup = WakeupBroker(settings.broker_url) if settings.broker_url else None
        if wakeup is not None:
            database.on_queued = wakeup.notify
        if not database.is_sqlite:
            clock = SharedClock() if clock is utc_now else clock
            if isinstance(clock, SharedClock):
                follow(clock, database.engine)
        return cls(settings, database, clock, wakeup)

    def __post_init__(self) -> None:
        """Let what is recorded follow the policy of the settings."""
        set_policy(self.database, self.policy)

    @cached_property
    def policy(self) -> Policy:
        """Rules for movements without any order."""
        settings = self.settings
        return Policy(
            settings.standstill_days, frozenset(settings.permit_provinces), settings.contact_days
        )

    @cached_property
    def conversation(self) -> CommandCatalogue:
        """Answers people, for every service."""
        return CommandCatalogue(self.policy, limits=self.settings.sms.answers)

    @cached_property
    def device_calls(self) -> DeviceCallDispatcher:
        """Answers field devices, for every service."""
        relayed = reader_calls(self.policy)
        answer, mine = self.conversation.answer, self.settings
        caps = BoxCaps(mine.box_texts, mine.box_numbers, mine.box_asked)
        sync = sync_call(relayed, answer, mine.sms, self.policy, caps)
        return DeviceCallDispatcher((*relayed, sync))

    @cached_property
    def units(self) -> Units:
        """Opens units of work for the one door."""
        return Units(self.database)

    @cached_property
    def recorder_store(self) -> DatabaseRecorderStore:
        """The recorder's durable side."""
        return DatabaseRecorderStore(self.database, self.clock)

    @cached_property
    def dispatch_store(self) -> DatabaseDispatchStore:
        """The dispatcher's durable side."""
        return DatabaseDispatchStore(self.database, self.settings.sms, self.knows_time)

    @property
    def ahead(self) -> timedelta:
        """Time that this machine's clock is ahead of the database's; 0 where there is one clock."""
        return self.clock.ahead if isinstance(self.clock, SharedClock) else timedelta()

    def knows_time(self) -> bool:
        """Tell whether the two clocks agree to the day; if not, nobody here knows which is wrong.

        What is sent, ended or deleted by a wrong day cannot be undone.
        """
        return abs(self.ahead) < CONTRADICTS

    def require_time(self) -> None:
        """Be silent while the time is known.

        Raises:
            ClocksContradict: see `knows_time`.
        """
        if not self.knows_time():
            raise ClocksContradict(difference=say_ahead(self.ahead))

    def close(self) -> None:
        """Close the broker's connection and the database."""
        if self.wakeup is not None:
            self.wakeup.close()
        self.database.close()
