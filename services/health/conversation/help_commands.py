"""The commands CALL and PRIVACY, which stand beside those of the courses."""

from gateway.grammar import Phrase
from services.health.conversation.enrol_commands import call_me
from services.messaging.command_router import CommandContext, CommandHandler, Reply
from services.messaging.outbox import ReplyText
from services.texts.catalogue import say

_PRIVACY = Phrase(
    "programme.privacy",
    {
        "en": ("PRIVACY", "MY PRIVACY", "WHAT DO YOU KEEP", "WHO READS MY TEXTS"),
        "tpi": ("PRAIVET", "PRAIVESI", "YU HOLIM WANEM", "HUSAT I RITIM MESEJ BILONG MI"),
    },
    examples={"en": "PRIVACY", "tpi": "PRAIVET"},
)
_TOLD = ("programme.privacy_kept", "programme.privacy_long", "programme.privacy_free")
_CALL_ME = (
    *("CALL", "CALL ME", "PLEASE CALL ME", "RING ME"),
    *("I WANT A NURSE TO CALL ME", "CAN A NURSE CALL ME"),
)


def call_command() -> CommandHandler:
    """Return the command that asks for a call."""
    return CommandHandler(
        Phrase(
            "programme.call",
            {"en": _CALL_ME, "tpi": ("RINGIM", "RINGIM MI", "MI LAIK NES I RINGIM MI")},
            examples={"en": "CALL ME", "tpi": "RINGIM MI"},
            fillers=("now", "nau", "back", "plis", "please", "nurse", "nes", "doctor", "dokta"),
        ),
        call_me,
        private=True,
    )


def privacy_command() -> CommandHandler:
    """Return what the courses keep of a person; anybody asks it, also before they agree."""
    return CommandHandler(_PRIVACY, _tell, private=True)


def _tell(context: CommandContext) -> Reply:
    return [ReplyText(say(code, context.language)) for code in _TOLD]
