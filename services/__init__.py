"""Rules, storage, workers and API; the only package that imports the edges."""

import sys
from collections.abc import Sequence
from types import ModuleType

MOVED = {
    "services.app": "services.runtime.app",
    "services.broker": "services.runtime.celery_worker",
    "services.clock": "services.core.clock",
    "services.config": "services.core.settings",
    "services.conversation": "services.messaging.command_router",
    "services.demo": "services.cli.demo_stage",
    "services.development": "services.core.settings",
    "services.doorbell": "services.runtime.wakeup",
    "services.errors": "services.core.errors",
    "services.faults": "services.core.error_logging",
    "services.field": "services.devices.calls",
    "services.gaps": "services.devices.counter_gaps",
    "services.handled": "services.runtime.container",
    "services.joining": "services.messaging.multipart",
    "services.keyring": "services.core.keyring",
    "services.menus": "services.runtime.command_catalogue",
    "services.patience": "services.runtime.backoff",
    "services.programmes": "services.health",
    "services.provinces": "services.core.geography",
    "services.rounds": "services.runtime.jobs",
    "services.signing": "services.devices.signing_client",
    "services.talk": "services.runtime.command_catalogue",
    "services.timekeeping": "services.runtime.workers",
    "services.traceability": "services.livestock",
    "services.ussd": "services.messaging.ussd",
    "services.values": "services.core.setting_forms",
    "services.variables": "services.core.variables",
    "services.web": "services.api",
    "services.worker": "services.runtime.workers",
}
"""New places of the modules and packages that lay at this level up to commit a36632e."""


class _MovedModules:
    """Finder of last resort: refuses an old import path with the new one."""

    @staticmethod
    def find_spec(
        name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> None:
        if name in MOVED:
            # Without `name=`: Celery would print "was not found" in place of the sentence.
            raise ModuleNotFoundError(
                f"{name} is now {MOVED[name]}: change the import, or the argument that names it "
                "(such as Celery's -A)"
            )


sys.meta_path.append(_MovedModules)
