"""Tables and columns of state that follow from the journal, and reasons for the others.

Every column of the tables of livestock and disease control is in one of the two lists, every other
table of the database in the third; a test holds it, so that a new one cannot be forgotten.
"""

from collections.abc import Mapping
from typing import NamedTuple

FROM_JOURNAL: Mapping[str, frozenset[str]] = {
    table: frozenset(columns.split())
    for table, columns in {
        "animal": "scheme value kind found registered_on registered_at_id registered_by_id "
        "born_on sex breed colour dam_id sire_id part_of_id head_count kilograms owner_id "
        "withdrawal_until ended_on ended_by_id carcass carcass_kilograms first_on last_on "
        "seen_at_id seen_on",
        "pork_source": "consignment_id scheme value",
        "premises": "public_id subject_key found",
        "identifier": "scheme value animal_id premises_id retired_on",
        "tag_order": "first last premises_id journal_id",
        "tag_range": "first last premises_id journal_id",
        "movement": "animal_id origin_id destination_id departed_on arrived_on departure_id "
        "arrival_id seen_at_id seen_on ended_on heads derived_origin_id",
        "flag": "journal_id animal_id code",
        "status": "animal_id premises_id kind disease since until source_id ended_by_id",
        "correction": "journal_id corrected_by_id",
        "outbreak": "public_id subject_key disease state index_premises_id began_on opened_by_id",
        "control_order": "public_id subject_key number kind status disease area area_salt since "
        "until declared_at lifted_at declared_by_id",
        "permit": "public_id subject_key state origin_id destination_id first_day last_day "
        "head_count closed_on",
        "permit_animal": "permit_id animal_id",
        "permit_use": "journal_id animal_id permit_id heads",
        "check_made": "journal_id animal_id premises_id permit_id purpose outcome",
        "census": "public_id subject_key number state province district first_day last_day "
        "draft_id drafted_at opened_at closed_at keepers without_phone",
        "census_keeper": "journal_id heads",
        "notice": "order_id draft_id state drafted_at approved_at drafted_recipients recipients",
    }.items()
}
"""By table: what a replay of the journal gives, and the audit compares."""


class Apart(NamedTuple):
    """Columns of a table that do not follow from the journal, and why."""

    table: str
    names: str
    reason: str

    @property
    def columns(self) -> frozenset[str]:
        """Their names."""
        return frozenset(self.names.split())


_OWN_KEY = "a number of this database's own"

NOT_FROM_JOURNAL: tuple[Apart, ...] = (
    Apart("animal", "id", _OWN_KEY),
    Apart("animal", "public_id", "a random name for the API; no record holds it"),
    Apart("premises", "id", _OWN_KEY),
    Apart(
        "premises",
        "kind name province district llg "
        "ward village latitude longitude beyond_province beyond_district",
        "where a household is and what it is called never goes to the ledger",
    ),
    Apart("premises", "keeper_id", "who keeps a place is personal; no record holds it"),
    Apart(
        "identifier",
        "permit_id outbreak_id",
        "short numbers are drawn here; records name permits and outbreaks by their keys",
    ),
    Apart("counter", "name value", "how many numbers were drawn, shown or not"),
    Apart("movement", "id", _OWN_KEY),
    Apart("tag_order", "id", _OWN_KEY),
    Apart("tag_range", "id", _OWN_KEY),
    Apart("status", "id", _OWN_KEY),
    Apart("outbreak", "id", _OWN_KEY),
    Apart("control_order", "id", _OWN_KEY),
    Apart("control_order", "area_name outbreak_id", "records tell of an order without them"),
    Apart("permit", "id", _OWN_KEY),
    Apart(
        "permit",
        "asked_by_id decided_by_id",
        "a record names its reporter, which may be an office that reports for others",
    ),
    Apart("permit_route", "permit_id premises_id", "records tell of a permit without its way"),
    Apart(
        "post",
        "party_id premises_id asked asked_at",
        "where an inspector stands now; their findings are events",
    ),
    Apart("notice", "id public_id", _OWN_KEY),
    Apart("notice", "texts", "sealed; its record holds their digest"),
    Apart(
        "notice",
        "drafted_by_id approved_by_id",
        "a record names its reporter, which may be an office that reports for others",
    ),
    Apart("notice", "segments cost", "what it costs to send, not what was decided"),
    Apart("census", "id", _OWN_KEY),
    Apart(
        "census",
        "drafted_by_id approved_by_id",
        "a record names its reporter, which may be an office that reports for others",
    ),
    Apart("census", "segments cost", "what it costs to ask, not what was decided"),
    Apart(
        "census",
        "chosen_to chosen_at chased_to chased_at listed_at",
        "how far its questions have come",
    ),
    Apart(
        "census_keeper",
        "census_id party_id premises_id message_key asked_at chased_at which_at task_id",
        "who is asked, and when, is personal; what they told is an event",
    ),
    Apart(
        "census_keeper",
        "known late",
        "what the book said when they answered, and whether the census was over then",
    ),
    Apart(
        "claim",
        "id public_id kind claimant_id answerer_id code_digest "
        "command question ask_again state tries made_at expires_at",
        "a command that waits for an answer; the event comes with the answer",
    ),
)

_WHY_NOT = {
    "compared with the chain itself by every audit": (
        "journal erasure ledger_leaf ledger_node ledger_batch ledger_binding"
    ),
    "how records come to the chain; an audit looks at what is there": (
        "ledger_transaction ledger_offer ledger_lease ledger_repair"
    ),
    "approvals are compared with their events by every audit": (
        "programme_approval programme_version recall recalled_text"
    ),
    "trials, their seeds and allocations are compared with their events by every audit": (
        "trial trial_allocation"
    ),
    "offices, phones, helpers and tokens are compared with their events by every audit": (
        "party contact helper token"
    ),
    "people's languages, consents and secrets, and who read of them; no record names anybody": (
        "access pin person consent wrong_code pending_erasure account invitation passkey"
        " linked_sign_in"
    ),
    "health data never goes to the ledger": (
        "subscription subscription_change asking concern second_contact clinician listed "
        "danger_question text_correction campaign campaign_draft exported "
        "person_import person_import_row"
    ),
    "audits on this machine, which anybody repeats on their own; attempts to sign in; "
    "times of backups; which copy of the database sends; which programs run on it": (
        "audit_run sign_in_attempts milestone sending_right schema_floor"
    ),
    "owners and ends of tasks are compared with their events by every audit": ("task"),
    "causes and history of tasks, which may name people": ("task_source task_entry"),
    "drafts and notes; what becomes of them is a version, and an approval": (
        "programme_draft programme_draft_edit programme_note"
    ),
    "outlines of provinces and districts, out of an official file": "boundary",
    "messages and conversations, not what was reported by them": (
        "envelope envelope_conflict message attempt early_report carrier_look channel spending "
        "long_text text_part ussd_session answer_count daily_cost place_alarm "
        "alarm_sender"
    ),
    "kept figures, targets, what other systems got; all is counted anew from what is there": (
        "indicator_count indicator_target dhis2_link dhis2_sending"
    ),
    "devices and what they handed over; what came of it are events": (
        "device device_key device_turn reader_session reader_scan village_box village_answer "
        "village_phone village_question village_numbers village_binding village_list"
    ),
}
OTHER_TABLES: Mapping[str, str] = {
    table: reason for reason, tables in _WHY_NOT.items() for table in tables.split()
}
"""By table: why the replay does not look at it."""
