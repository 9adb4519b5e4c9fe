"""What can happen in a schedule; each action is a value that can be printed and done again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.flow.schedules.recording import Command, Fate

if TYPE_CHECKING:
    from tests.flow.schedules.world import World


@dataclass(frozen=True)
class Report:
    """The field reports events."""

    events: int

    def do(self, world: World) -> object:
        return world.report(self.events)


@dataclass(frozen=True)
class Step:
    """The recorder goes its way once, a second later."""

    flush: bool

    def do(self, world: World) -> object:
        return world.step(Command(self.flush))


@dataclass(frozen=True)
class Mine:
    """Blocks are made."""

    blocks: int

    def do(self, world: World) -> object:
        return world.node.mine(self.blocks)


@dataclass(frozen=True)
class Wait:
    """Time goes by."""

    seconds: int

    def do(self, world: World) -> object:
        return world.clock.forward(self.seconds)


@dataclass(frozen=True)
class Kill:
    """The recorder is killed at a commit point, or after the step that has not as many."""

    point: int
    flush: bool

    def do(self, world: World) -> object:
        answer = world.step(Command(self.flush, self.point, Fate.DIES))
        world.end_recorder()
        return answer


@dataclass(frozen=True)
class LoseSending:
    """The connection breaks at a sending: before the node has the request, or before its answer."""

    which: int
    answer: bool

    def do(self, world: World) -> object:
        world.link.lose(self.which, answer=self.answer)
        return world.step(Command(flush=True))


@dataclass(frozen=True)
class Restart:
    """The node is started again; it keeps its chain and not its pool. The recorder goes on."""

    step_while_down: bool

    def do(self, world: World) -> object:
        world.node.stop()
        answer = world.step(Command(flush=True)) if self.step_while_down else None
        world.node.start(*world.options)
        return answer


@dataclass(frozen=True)
class Reorganize:
    """The newest blocks are taken back, and what they held is lost or waits again."""

    depth: int
    returns: bool

    def do(self, world: World) -> object:
        return world.node.reorganize(self.depth, returns=self.returns)


@dataclass(frozen=True)
class Drop:
    """The node forgets one waiting transaction."""

    which: int

    def do(self, world: World) -> object:
        return world.node.drop(self.which)


@dataclass(frozen=True)
class Spike:
    """The base fee jumps."""

    gwei: int

    def do(self, world: World) -> object:
        world.node.spike(self.gwei)
        return world.node.mine()


@dataclass(frozen=True)
class UseNonce:
    """Something else is sent with the recorder's key."""

    beyond: bool

    def do(self, world: World) -> object:
        return world.node.use_nonce(beyond=self.beyond)


@dataclass(frozen=True)
class Empty:
    """The recorder's wallet is emptied."""

    def do(self, world: World) -> object:
        return world.node.set_balance(0)


@dataclass(frozen=True)
class Fill:
    """It is filled again."""

    def do(self, world: World) -> object:
        return world.fill_wallet()


@dataclass(frozen=True)
class BackUp:
    """The database is backed up; the recorder is ended for it."""

    def do(self, world: World) -> object:
        return world.back_up()


@dataclass(frozen=True)
class Restore:
    """A backup takes the place of the database; what came after it is lost."""

    which: int

    def do(self, world: World) -> object:
        return world.restore(self.which)


@dataclass(frozen=True)
class Resurface:
    """What was sent before a restore, and waits in other nodes, is in this one's pool again.

    Attributes:
        mask: which of it: bit by bit, in the order of nonces.
    """

    mask: int

    def do(self, world: World) -> object:
        used = world.node.nonces_used()
        old = sorted(item for item in world.sent_before.items() if item[0] >= used)
        chosen = {nonce: raw for place, (nonce, raw) in enumerate(old) if self.mask >> place & 1}
        return world.node.take_rather(chosen)


@dataclass(frozen=True)
class TakeOver:
    """The recorder freezes at a commit point for so long that its right is over; a second begins.

    Attributes:
        point: as in `Kill`; without as many, it freezes between two steps.
        wakes: whether the first one wakes up once the second has worked, and tries to go on; else
            it is killed at once, and the second takes over from a dead one.
    """

    point: int
    wakes: bool

    def do(self, world: World) -> object:
        return world.take_over(
            Command(flush=True, point=self.point, fate=Fate.FREEZES), wakes=self.wakes
        )


Action = (
    Report | Step | Mine | Wait | Kill | LoseSending | Restart | Reorganize | Drop | Spike
    | UseNonce | Empty | Fill | BackUp | Restore | Resurface | TakeOver
)  # fmt: skip
