"""Reasons that a message waits or was not sent, in words that a ministry can read."""

from collections.abc import Mapping
from enum import StrEnum


class Reason(StrEnum):
    """Code of a reason; stable."""

    QUIET_HOURS = "quiet_hours"
    DAILY_CAP = "daily_cap"
    BUDGET = "budget"
    SHIFTED = "shifted"
    CHANNEL_DOWN = "channel_down"
    RATE = "rate"
    VILLAGE = "village"
    RETRY = "retry"
    UNREADABLE = "unreadable"
    NO_CONSENT = "no_consent"
    STOPPED = "stopped"
    STOPPED_ALL = "stopped_all"
    OPTED_OUT = "opted_out"
    DEAD_NUMBER = "dead_number"
    LATE = "late"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    FORGOTTEN = "forgotten"
    ANSWERED = "answered"
    NO_ROUTE = "no_route"
    SPLIT = "split"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    UNCERTAIN = "uncertain"
    REPLANNED = "replanned"
    PAUSED = "paused"
    WITHDRAWN = "withdrawn"
    TOO_MANY = "too_many"
    LOOP = "loop"
    OWN_NUMBER = "own_number"
    DENIED = "denied"
    COUNTRY = "country"
    SPECIAL_NUMBER = "special_number"
    CEILING = "ceiling"


SENTENCES: Mapping[Reason, str] = {
    Reason.QUIET_HOURS: "It waits for the end of the quiet hours where the receiver lives.",
    Reason.DAILY_CAP: "It waits: the receiver has had as many texts as one day allows.",
    Reason.BUDGET: "It waits: the budget of this month is spent.",
    Reason.SHIFTED: "It waits for its time on another day: it could not go when it was planned.",
    Reason.CHANNEL_DOWN: "It waits: the channel is closed after failures.",
    Reason.RATE: "It waits for its turn: the channel takes only so many a second.",
    Reason.VILLAGE: "It waits until the box of the village fetches it.",
    Reason.RETRY: "It waits for another try after one that was certainly not sent.",
    Reason.UNREADABLE: "It waits: its number or text does not open with the data key.",
    Reason.NO_CONSENT: "Not sent: the receiver has not agreed to this programme.",
    Reason.STOPPED: "Not sent: the receiver stopped this programme.",
    Reason.STOPPED_ALL: "Not sent: the receiver stopped all messages.",
    Reason.OPTED_OUT: "Not sent: the receiver opted out at the operator.",
    Reason.DEAD_NUMBER: "Not sent: the operator says that the number does not exist any more.",
    Reason.LATE: "Not sent: it could not go when it was planned.",
    Reason.EXPIRED: "Not sent: it could not go before it expired.",
    Reason.CANCELLED: "Not sent: it was cancelled.",
    Reason.FORGOTTEN: "Not sent: the receiver asked to be forgotten.",
    Reason.ANSWERED: "Not sent: the box of the village had told the receiver already.",
    Reason.NO_ROUTE: "Not sent: no channel serves this number.",
    Reason.SPLIT: "It went as several texts, since no channel to this number joins parts.",
    Reason.REFUSED: "Not sent: the carrier refuses it as it is.",
    Reason.UNREACHABLE: "Not sent: the phone was off or out of reach each time.",
    Reason.UNCERTAIN: "Nobody knows whether it was sent; it is not sent again.",
    Reason.REPLANNED: "Not sent: the plan changed, such as the date that it counts from.",
    Reason.PAUSED: "It waits: the campaign is paused.",
    Reason.WITHDRAWN: "Not sent: the approval of the programme was withdrawn.",
    Reason.TOO_MANY: "Not sent: the receiver had as many answers as an hour allows.",
    Reason.LOOP: "Not sent: the same answer went again and again, as to a program that answers us.",
    Reason.OWN_NUMBER: "Not sent: the receiver is one of our own numbers.",
    Reason.DENIED: "Not sent: the operator of this system listed the number as one to leave alone.",
    Reason.COUNTRY: "Not sent: nothing goes to numbers of this country.",
    Reason.SPECIAL_NUMBER: "Not sent: texts to satellite and premium numbers cost too much.",
    Reason.CEILING: "Not sent: answers and urgent texts cost as much as one day allows.",
}
