"""Settings of the gateway; built by `core.settings`, never read from the environment here."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.operators import AFRICASTALKING, Network, Operator, Proof

__all__ = ["GatewaySettings", "Network", "Operator", "Proof"]


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """Settings of the channels by which devices and carriers reach the gateway.

    Attributes:
        public_url: address under which the outside world sees the gateway, with the path that
            a proxy strips, if any; None: requests arrive as they were sent.
        twilio_auth_token: signs Twilio's requests; None: the channel is off.
        kannel_secret: what Kannel's requests carry; None: the channel is off.
        africastalking_secret: what Africa's Talking's requests carry; None: the channel is off.
        africastalking_sources: networks that those come from; empty: any.
        ussd: operators that call us for USSD.
        secret_in_address: carriers whose secret may stand in the address that they call:
            `kannel`, `africastalking`, `ussd` for every operator, or an operator's channel.
    """

    public_url: str | None = None
    twilio_auth_token: str | None = field(default=None, repr=False)
    kannel_secret: str | None = field(default=None, repr=False)
    africastalking_secret: str | None = field(default=None, repr=False)
    africastalking_sources: tuple[Network, ...] = ()
    ussd: tuple[Operator, ...] = (AFRICASTALKING,)
    secret_in_address: frozenset[str] = frozenset({"kannel", "africastalking", "ussd"})

    def proofs(self) -> Mapping[str, Proof]:
        """Return the proof that requests need, for each channel whose carrier signs nothing."""
        return {
            "kannel": Proof(self.kannel_secret),
            "africastalking": Proof(self.africastalking_secret, self.africastalking_sources),
            **{operator.channel: operator.proof for operator in self.ussd},
        }

    def takes_in_address(self, channel: str) -> bool:
        """Return whether a channel's secret may stand in the address."""
        return not {channel, channel.partition("-")[0]}.isdisjoint(self.secret_in_address)

    def faults(self) -> tuple[str, ...]:
        """Name, in a sentence, what is no carrier whose secret could stand in an address."""
        known = {"ussd", *self.proofs()}
        unknown = ", ".join(sorted(self.secret_in_address - known))
        fault = f"BILUM_SECRET_IN_ADDRESS names {unknown}: write none alone, or some of "
        return (fault + ", ".join(sorted(known)),) if unknown else ()
