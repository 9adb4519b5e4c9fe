"""Errors of text messaging.

    SmsError
    ├── NumberError          the text is no phone number that a message can go to
    ├── ReportError          a delivery report that the carrier's documentation does not know
    ├── RouteError           the routing table names a channel that has no carrier
    └── CarrierError         one exchange with a carrier came to nothing
        ├── CarrierUnreachableError  (retryable) no connection: certainly not sent
        │   ├── CarrierNameError         its name is not found
        │   └── CarrierCertificateError  its certificate is refused
        └── AnswerLostError          the request may have arrived, the answer did not

Each carries `code` (stable), `retryable` and `detail`, a sentence that is safe to show. Carriers
turn every `CarrierError` into an `Outcome`, so dispatching never sees one.
"""

from typing import ClassVar


class SmsError(Exception):
    """Root of the errors of text messaging.

    Attributes:
        code: stable, for machines.
        retryable: whether the same call may succeed later with nothing changed here.
        detail: one sentence that tells what to do, safe to show and to log.
    """

    code: ClassVar[str] = "sms"
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class NumberError(SmsError):
    """The text is no phone number that a message can go to."""

    code = "sms.number"


class ReportError(SmsError):
    """A delivery report that the carrier's documentation does not know."""

    code = "sms.report"


class RouteError(SmsError):
    """The routing table names a channel that has no carrier."""

    code = "sms.route"


class CarrierError(SmsError):
    """One exchange with a carrier came to nothing."""

    code = "sms.carrier"


class CarrierUnreachableError(CarrierError):
    """The connection failed: the request was certainly not sent.

    Attributes:
        advice: what an operator does about it.
    """

    code = "sms.carrier_unreachable"
    retryable = True
    advice: ClassVar[str] = (
        "no connection to the carrier: see to the network and to the carrier's address"
    )

    def __init__(self) -> None:
        super().__init__(f"{self.advice[0].upper()}{self.advice[1:]}.")


class CarrierNameError(CarrierUnreachableError):
    """The carrier's name was not found: the request was certainly not sent."""

    code = "sms.carrier_name"
    advice = "the carrier's name is not found: see to this machine's resolver (/etc/resolv.conf)"


class CarrierCertificateError(CarrierUnreachableError):
    """The carrier's certificate was refused: the request was certainly not sent."""

    code = "sms.carrier_certificate"
    advice = (
        "the carrier's certificate is refused: it has ended, or is another's; whoever runs its "
        "address must renew it"
    )


class AnswerLostError(CarrierError):
    """The request may have arrived, the answer did not; sending again could send twice."""

    code = "sms.answer_lost"


ADVICE = {
    one.code: one.advice
    for one in (CarrierUnreachableError, CarrierNameError, CarrierCertificateError)
}
"""What an operator does about a channel that is closed with one of these codes."""
