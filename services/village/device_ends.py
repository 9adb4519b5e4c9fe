"""Ends of devices: nothing that one signs is believed, and a box writes for nobody any more.

What a box was handed and told nothing of is in doubt from then on.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from services.devices.registry import revoke_device
from services.messaging.dispatch.village_handover import lose_untold
from services.messaging.village_bindings import end_box
from services.storage.models import Device


def end_device(session: Session, device: Device, now: datetime) -> None:
    """End a device for good, and every number that a village box is believed for."""
    revoke_device(device, now)
    end_box(session, device, now)
    lose_untold(session, str(device.public_id))
