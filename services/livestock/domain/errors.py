"""Errors of livestock, each a kind of `services.core.errors`.

`values` fill the reply on a phone: sentence `error.<code>` of the catalogue, or `error.<sentence>`.
"""

from services.core.errors import Conflict, Forbidden, Invalid, NotFound
from services.livestock.domain.model import Key


class UnknownNumber(NotFound):
    """A number that nothing here has."""

    detail = "No animal or premises has the number {number}: check it and send it again"


class Ambiguous(Conflict):
    """Typed bare, it fits more than one."""

    code = "ambiguous_number"
    detail = "{number} fits more than one: write {ways}"


class WrongKind(Invalid):
    """An animal's number where premises are wanted, or the other way round."""

    code = "wrong_kind_of_number"

    def __init__(self, key: Key, wanted: str) -> None:
        super().__init__(f"{key} is not the number of {wanted}", number=key)
        self.sentence = f"{self.code}.{'premises' if wanted == 'premises' else 'animal'}"


class SampleNumberTaken(Conflict):
    """A sample under the number of another one of the last half year."""

    detail = "Another sample has the number {number}: write the number on this tube"


class NothingSuspect(Conflict):
    """Pigs or a place are cleared that are not suspect."""

    detail = "None of these is suspect today: check the number and send it again"


class UnknownSample(NotFound):
    """A result of a sample that nobody reported."""

    detail = "No sample has the number {number}: report first which animals it was taken of"


class NotYourRole(Forbidden):
    """A report that the reporter's role may not make, such as an auditor's of a treatment."""

    detail = "Your role may not report this: ask the keeper or an officer to report it"


class NumberTaken(Conflict):
    """A number of what is no animal; a number is never used again."""

    detail = "{number} belongs to another animal or place: use a number that is free"


class FutureDay(Invalid):
    """Something is said to have happened on a day that has not come.

    A reply names the day where it is given, and may show how to ask for a permit.
    """

    detail = "The day has not come yet: report it when it has happened"

    def __init__(self, day: str | None = None, example: str | None = None) -> None:
        super().__init__(day=day, example=example)
        if day is not None:
            self.sentence = f"future_day.{'move' if example else 'named'}"


class OnlyAnExample(Invalid):
    """A number out of our own replies, which nothing ever has."""

    def __init__(self, key: Key, wanted: str) -> None:
        super().__init__(
            f"{key} is only an example: write the number of your own {wanted}", number=key
        )
        self.sentence = f"{self.code}.{wanted}"


class SamePlace(Invalid):
    """A movement from a place to itself."""

    detail = "{number} is where the animal leaves from: write where it goes to"


class TooMany(Invalid):
    """More numbers than one message may hold."""

    detail = "Too many numbers in one message: send at most {most}"


class UnreadableTag(Invalid):
    """A number that cannot be read; the sentence names the mistake."""


class BadRange(Invalid):
    """Two numbers that are not the ends of one range of tags."""

    detail = "{first} to {last} is no range of tags: both have one code, and the first comes first"


class RangeOverlaps(Conflict):
    """A range of tags of which some were given before."""

    detail = "The tags {first} to {last} were given before: give others"


class BadArea(Invalid):
    """An area that cannot be read; `fields` names the part."""

    def __init__(self, part: str, fault: str) -> None:
        super().__init__(f"The area cannot be read: {part} {fault}", {part: fault})


class PastDay(Invalid):
    """A question about a day that is over."""

    detail = "The day is over: ask about today or a day that comes"


class OfficersOnly(Forbidden):
    """Something that only an officer may do."""

    detail = "Only officers may do this"


class NotYourPlace(Forbidden):
    """Registration at another's place by a reporter who may only use their own."""

    detail = "{number} is another's place: its keeper or a village recorder registers"


class NotAMob(Invalid):
    """One pig's number where a mob's is wanted."""

    detail = "{number} is not a mob: write the number of a mob"


class AbattoirsOnly(Forbidden):
    """The weight of a carcass, or what was condemned, by somebody who is no abattoir."""

    detail = "Only an abattoir reports carcasses: report the slaughter alone"


class NotSlaughtered(Conflict):
    """A carcass is condemned of a pig that lives in the book."""

    detail = "{number} is not slaughtered yet in the book: report its slaughter first"


class EachOrAll(Invalid):
    """A weight of a mob that may be that of one pig, or of all."""

    detail = "{number} is a mob: write whether each pig weighs {count} kg, or all of them together"


class UncountedMob(Invalid):
    """A weight of each pig, or a permit, of a mob that nobody has counted."""

    detail = "Nobody has counted the mob {number}: count it first, then send this again"


class UnknownReport(NotFound):
    """A report that nothing here has."""

    detail = "There is no such report: compare its receipt or id"


class NotYourReport(Forbidden):
    """Correction of another party's report."""

    detail = "Only who sent a report, or an officer, may declare it wrong"


class SampleInLaboratory(Conflict):
    """Correction of a suspicion, by its reporter, while the result of its sample is awaited."""

    detail = "A sample of it is in the laboratory: only an officer may declare this report wrong"


class KeeperDecides(Forbidden):
    """A program takes back a registration, a new tag or a theft of somebody else's animal."""

    detail = "The animal's keeper must agree: send WRONG and the receipt by SMS, and we ask them"


class AlreadyVoid(Conflict):
    """A report that was declared wrong before."""

    detail = "This report was declared wrong before: nothing more needs to be done"


class AlreadySettled(Conflict):
    """Evidence that a keeper or an officer agreed with, or objected to, before."""

    detail = "This report was decided before: nothing more needs to be done"


class NoLongerYours(Forbidden):
    """Decision on evidence by somebody who does not keep the animal any more."""

    detail = "The animal is not yours any more: nothing was changed"


class ProofWanted(Forbidden):
    """Agreement by a phone number alone, to evidence that harms an animal or gives it away."""

    detail = "A code or a PIN agrees to this report, or its keeper reports it"


class NobodyToAsk(Conflict):
    """Act on another's animal whose keeper has no phone, where no officer can be reached."""

    detail = "Nobody who may agree has a phone: call the livestock office"


class AlreadyErased(Conflict):
    """A report whose content was erased before."""

    detail = "What this report told is erased: nothing more needs to be done"


class NotErasable(Invalid):
    """A report whose content stays."""

    detail = "This report cannot be erased. {why}"


class NotRecordedYet(Conflict):
    """A report that no erasure can name yet: its place on the ledger is not known."""

    detail = "This report still waits for the ledger: erase it once it is recorded"


class NotVoidable(Invalid):
    """An act that is undone by another act, not by declaring it wrong."""

    detail = "An event of the type {kind} cannot be declared wrong: {instead}"


class NoPhone(Conflict):
    """Premises whose keeper has no phone."""

    detail = "Nobody has a phone at {number}: give the phone of who takes the animals"


class NotARecorder(Conflict):
    """Number of somebody who is no village recorder."""

    detail = "{number} is no village recorder: ask an officer for the recorder's phone"


class Unreached(Conflict):
    """Person whose answer is needed and whom no text of ours reaches."""

    detail = "No text reaches the person who must answer: ask them to send START, then try again"


class OwnPhone(Conflict):
    """Own number of the sender, in place of another phone's."""

    detail = "This is your own phone: give the number of the other one"


class MixedOwners(Conflict):
    """Animals of several owners in one message that its owner must confirm."""

    detail = "The animals belong to several owners: send one message for each owner"


class OfferOpen(Conflict):
    """Receiver who has not answered another offer of animals yet."""

    detail = "{other} has not answered an earlier offer: ask for the answer, then offer again"


class OffersSpent(Conflict):
    """Receiver whom one seller has asked as often as a day allows."""

    detail = "{other} was asked {count} times today: talk to them, and offer again tomorrow"


class OwnerChanged(Conflict):
    """Animals that changed owner while a confirmation waited."""

    detail = "The animals have another owner by now: nothing was changed"


class AlreadyDone(Conflict):
    """Confirmation whose event is recorded already."""

    detail = "That was answered and recorded before: it counts once"


class WrongWindow(Invalid):
    """A window of days that ends before it begins."""

    detail = "The window ends before it begins: {last} is before {first}"


class BadBoundaries(Invalid):
    """File of boundaries that cannot be used."""

    detail = "Nothing was imported: {where} {fault}"
