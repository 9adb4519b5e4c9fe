-- Schema 0013: every table and index, in the words of PostgreSQL; 0013_baseline.py translates the
-- types for SQLite. The triggers stand in a file for each of the two.

CREATE TABLE channel (
    name VARCHAR NOT NULL,
    failures BIGINT DEFAULT '0' NOT NULL,
    trips BIGINT DEFAULT '0' NOT NULL,
    code VARCHAR,
    opened_at TIMESTAMP WITH TIME ZONE,
    open_until TIMESTAMP WITH TIME ZONE,
    probed_until TIMESTAMP WITH TIME ZONE,
    paced_until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_channel PRIMARY KEY (name)
);

CREATE TABLE consent (
    id BIGSERIAL NOT NULL,
    number_index BYTEA NOT NULL,
    scope VARCHAR NOT NULL,
    granted BOOLEAN NOT NULL,
    source VARCHAR NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_consent PRIMARY KEY (id)
);
CREATE INDEX ix_consent_forgetting ON consent (id) WHERE source = 'forgetting';
CREATE INDEX ix_consent_number_index ON consent (number_index);

CREATE TABLE counter (
    name VARCHAR NOT NULL,
    value BIGINT NOT NULL,
    CONSTRAINT pk_counter PRIMARY KEY (name)
);

CREATE TABLE envelope (
    key_digest BYTEA NOT NULL,
    content_digest BYTEA NOT NULL,
    channel VARCHAR NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    outcome VARCHAR NOT NULL,
    sender BYTEA,
    payload BYTEA,
    answer BYTEA,
    CONSTRAINT pk_envelope PRIMARY KEY (key_digest)
);
CREATE INDEX ix_envelope_kept ON envelope (received_at) WHERE sender IS NOT NULL;
CREATE INDEX ix_envelope_received_at ON envelope (received_at);

CREATE TABLE envelope_conflict (
    id BIGSERIAL NOT NULL,
    key_digest BYTEA NOT NULL,
    content_digest BYTEA NOT NULL,
    channel VARCHAR NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sender BYTEA,
    payload BYTEA,
    CONSTRAINT pk_envelope_conflict PRIMARY KEY (id)
);
CREATE INDEX ix_envelope_conflict_key_digest ON envelope_conflict (key_digest);

CREATE TABLE exported (
    key VARCHAR NOT NULL,
    digest BYTEA NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_exported PRIMARY KEY (key)
);

CREATE TABLE journal (
    id BIGSERIAL NOT NULL,
    event_id UUID NOT NULL,
    type VARCHAR NOT NULL,
    occurred_on DATE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    content BYTEA,
    CONSTRAINT pk_journal PRIMARY KEY (id),
    CONSTRAINT uq_journal_event_id UNIQUE (event_id)
);
CREATE INDEX ix_journal_occurred_on ON journal (occurred_on);

CREATE TABLE ledger_batch (
    id BIGSERIAL NOT NULL,
    first_index BIGINT NOT NULL,
    size BIGINT NOT NULL,
    root BYTEA NOT NULL,
    state VARCHAR NOT NULL,
    block_number BIGINT,
    block_hash BYTEA,
    gas_used BIGINT,
    CONSTRAINT pk_ledger_batch PRIMARY KEY (id),
    CONSTRAINT uq_ledger_batch_first_index UNIQUE (first_index),
    CONSTRAINT uq_ledger_batch_size UNIQUE (size)
);
CREATE INDEX ix_ledger_batch_state ON ledger_batch (state);

CREATE TABLE ledger_binding (
    id BIGSERIAL NOT NULL,
    chain_id BIGINT NOT NULL,
    genesis BYTEA NOT NULL,
    contract VARCHAR NOT NULL,
    CONSTRAINT pk_ledger_binding PRIMARY KEY (id)
);

CREATE TABLE ledger_lease (
    id BIGINT NOT NULL,
    token BIGINT NOT NULL,
    holder VARCHAR,
    expires_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_ledger_lease PRIMARY KEY (id)
);

CREATE TABLE ledger_node (
    level BIGINT NOT NULL,
    node_index BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    CONSTRAINT pk_ledger_node PRIMARY KEY (level, node_index)
);

CREATE TABLE ledger_repair (
    kind VARCHAR NOT NULL,
    count BIGINT NOT NULL,
    last_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_ledger_repair PRIMARY KEY (kind)
);

CREATE TABLE long_text (
    id BIGSERIAL NOT NULL,
    channel VARCHAR NOT NULL,
    number_index BYTEA NOT NULL,
    reference BIGINT NOT NULL,
    total BIGINT NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_long_text PRIMARY KEY (id)
);
CREATE INDEX ix_long_text_closed_at ON long_text (closed_at);
CREATE INDEX ix_long_text_number_index ON long_text (number_index, reference);
CREATE INDEX ix_long_text_open ON long_text (opened_at) WHERE closed_at IS NULL;

CREATE TABLE message (
    id BIGSERIAL NOT NULL,
    public_id UUID NOT NULL,
    dedupe_key BYTEA NOT NULL,
    recipient BYTEA NOT NULL,
    recipient_index BYTEA NOT NULL,
    body BYTEA NOT NULL,
    purpose VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    leased_by VARCHAR,
    leased_until TIMESTAMP WITH TIME ZONE,
    priority BIGINT DEFAULT '0' NOT NULL,
    kind VARCHAR DEFAULT 'answer' NOT NULL,
    scope VARCHAR,
    zone VARCHAR DEFAULT 'Pacific/Port_Moresby' NOT NULL,
    late VARCHAR DEFAULT 'send' NOT NULL,
    double_ok BOOLEAN DEFAULT false NOT NULL,
    via VARCHAR,
    lane VARCHAR DEFAULT '' NOT NULL,
    reason VARCHAR,
    planned_at TIMESTAMP WITH TIME ZONE DEFAULT '1970-01-01 00:00:00.000000' NOT NULL,
    tries BIGINT DEFAULT '0' NOT NULL,
    tried_at TIMESTAMP WITH TIME ZONE,
    subscription_id BIGINT,
    campaign_id BIGINT,
    version_id BIGINT,
    item VARCHAR,
    language VARCHAR,
    CONSTRAINT pk_message PRIMARY KEY (id),
    CONSTRAINT uq_message_dedupe_key UNIQUE (dedupe_key),
    CONSTRAINT uq_message_public_id UNIQUE (public_id)
);
CREATE INDEX ix_message_campaign ON message (campaign_id, state) WHERE campaign_id IS NOT NULL;
CREATE INDEX ix_message_due ON message (lane, priority, due_at, id) WHERE state = 'queued';
CREATE INDEX ix_message_expiring ON message (expires_at) WHERE state = 'queued';
CREATE INDEX ix_message_in_flight ON message (leased_until) WHERE state = 'attempting';
CREATE INDEX ix_message_recipient_index ON message (recipient_index);
CREATE INDEX ix_message_state ON message (state);
CREATE INDEX ix_message_subscription ON message (subscription_id) WHERE subscription_id IS NOT NULL;

CREATE TABLE party (
    id BIGSERIAL NOT NULL,
    public_id UUID NOT NULL,
    role VARCHAR NOT NULL,
    language VARCHAR,
    name BYTEA,
    province VARCHAR,
    CONSTRAINT pk_party PRIMARY KEY (id),
    CONSTRAINT uq_party_public_id UNIQUE (public_id)
);

CREATE TABLE spending (
    month VARCHAR NOT NULL,
    channel VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    segments BIGINT NOT NULL,
    cost BIGINT NOT NULL,
    CONSTRAINT pk_spending PRIMARY KEY (month, channel, kind)
);

CREATE TABLE ussd_session (
    id BIGSERIAL NOT NULL,
    channel VARCHAR NOT NULL,
    session VARCHAR NOT NULL,
    number_index BYTEA,
    state BYTEA,
    first_step BIGINT NOT NULL,
    step BIGINT,
    kept BIGINT,
    saved_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_ussd_session PRIMARY KEY (id),
    CONSTRAINT uq_ussd_session_channel_session UNIQUE (channel, session)
);
CREATE INDEX ix_ussd_session_number_index ON ussd_session (number_index);
CREATE INDEX ix_ussd_session_saved_at ON ussd_session (saved_at);

CREATE TABLE attempt (
    id BIGSERIAL NOT NULL,
    public_id UUID NOT NULL,
    message_id BIGINT NOT NULL,
    channel VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    reference VARCHAR,
    failure VARCHAR,
    code VARCHAR,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    segments BIGINT DEFAULT '1' NOT NULL,
    cost BIGINT DEFAULT '0' NOT NULL,
    looks BIGINT DEFAULT '0' NOT NULL,
    look_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_attempt PRIMARY KEY (id),
    CONSTRAINT fk_attempt_message_id_message FOREIGN KEY (message_id) REFERENCES message (id),
    CONSTRAINT uq_attempt_public_id UNIQUE (public_id)
);
CREATE INDEX ix_attempt_doubtful ON attempt (look_at) WHERE state = 'uncertain';
CREATE INDEX ix_attempt_message_id ON attempt (message_id);
CREATE INDEX ix_attempt_reference ON attempt (reference);

CREATE TABLE claim (
    id BIGSERIAL NOT NULL,
    public_id UUID NOT NULL,
    kind VARCHAR NOT NULL,
    claimant_id BIGINT NOT NULL,
    answerer_id BIGINT NOT NULL,
    code_digest BYTEA,
    command BYTEA NOT NULL,
    question BYTEA,
    ask_again BOOLEAN NOT NULL,
    state VARCHAR NOT NULL,
    tries BIGINT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_claim PRIMARY KEY (id),
    CONSTRAINT fk_claim_claimant_id_party FOREIGN KEY (claimant_id) REFERENCES party (id),
    CONSTRAINT fk_claim_answerer_id_party FOREIGN KEY (answerer_id) REFERENCES party (id),
    CONSTRAINT uq_claim_public_id UNIQUE (public_id)
);
CREATE INDEX ix_claim_answerer ON claim (answerer_id, state);
CREATE INDEX ix_claim_claimant ON claim (claimant_id, state);

CREATE TABLE clinician (
    programme VARCHAR NOT NULL,
    province VARCHAR NOT NULL,
    party_id BIGINT NOT NULL,
    CONSTRAINT pk_clinician PRIMARY KEY (programme, province),
    CONSTRAINT fk_clinician_party_id_party FOREIGN KEY (party_id) REFERENCES party (id)
);
CREATE INDEX ix_clinician_party_id ON clinician (party_id);

CREATE TABLE contact (
    id BIGSERIAL NOT NULL,
    party_id BIGINT NOT NULL,
    number BYTEA NOT NULL,
    number_index BYTEA NOT NULL,
    CONSTRAINT pk_contact PRIMARY KEY (id),
    CONSTRAINT fk_contact_party_id_party FOREIGN KEY (party_id) REFERENCES party (id)
);
CREATE INDEX ix_contact_number_index ON contact (number_index);
CREATE INDEX ix_contact_party_id ON contact (party_id);

CREATE TABLE correction (
    journal_id BIGINT NOT NULL,
    corrected_by_id BIGINT NOT NULL,
    CONSTRAINT pk_correction PRIMARY KEY (journal_id),
    CONSTRAINT fk_correction_journal_id_journal FOREIGN KEY (journal_id) REFERENCES journal (id),
    CONSTRAINT fk_correction_corrected_by_id_journal FOREIGN KEY (corrected_by_id)
        REFERENCES journal (id)
);

CREATE TABLE device (
    id BIGSERIAL NOT NULL,
    public_id UUID NOT NULL,
    name VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    owner_id BIGINT NOT NULL,
    next_counter BIGINT NOT NULL,
    skew_seconds BIGINT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    code_digest BYTEA,
    code_until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_device PRIMARY KEY (id),
    CONSTRAINT fk_device_owner_id_party FOREIGN KEY (owner_id) REFERENCES party (id),
    CONSTRAINT uq_device_code_digest UNIQUE (code_digest),
    CONSTRAINT uq_device_name UNIQUE (name),
    CONSTRAINT uq_device_public_id UNIQUE (public_id)
);
CREATE INDEX ix_device_owner_id ON device (owner_id);

CREATE TABLE erasure (
    leaf_index BIGINT NOT NULL,
    journal_id BIGINT NOT NULL,
    erased_by_id BIGINT NOT NULL,
    CONSTRAINT pk_erasure PRIMARY KEY (leaf_index),
    CONSTRAINT fk_erasure_journal_id_journal FOREIGN KEY (journal_id) REFERENCES journal (id),
    CONSTRAINT fk_erasure_erased_by_id_journal FOREIGN KEY (erased_by_id) REFERENCES journal (id),
    CONSTRAINT uq_erasure_erased_by_id UNIQUE (erased_by_id)
);
CREATE INDEX ix_erasure_journal_id ON erasure (journal_id);

CREATE TABLE ledger_leaf (
    id BIGSERIAL NOT NULL,
    journal_id BIGINT,
    position BIGINT,
    subject BYTEA NOT NULL,
    salt BYTEA,
    commitment BYTEA NOT NULL,
    leaf_index BIGINT,
    waiting_since TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_ledger_leaf PRIMARY KEY (id),
    CONSTRAINT fk_ledger_leaf_journal_id_journal FOREIGN KEY (journal_id) REFERENCES journal (id),
    CONSTRAINT uq_ledger_leaf_leaf_index UNIQUE (leaf_index)
);
CREATE INDEX ix_ledger_leaf_commitment ON ledger_leaf (commitment);
CREATE INDEX ix_ledger_leaf_journal_id ON ledger_leaf (journal_id);
CREATE INDEX ix_ledger_leaf_subject ON ledger_leaf (subject);
CREATE INDEX ix_ledger_leaf_waiting ON ledger_leaf (id) WHERE leaf_index IS NULL;

CREATE TABLE ledger_transaction (
    id BIGSERIAL NOT NULL,
    batch_id BIGINT NOT NULL,
    signer VARCHAR NOT NULL,
    nonce BIGINT NOT NULL,
    CONSTRAINT pk_ledger_transaction PRIMARY KEY (id),
    CONSTRAINT fk_ledger_transaction_batch_id_ledger_batch FOREIGN KEY (batch_id)
        REFERENCES ledger_batch (id),
    CONSTRAINT uq_ledger_transaction_signer UNIQUE (signer, nonce)
);
CREATE INDEX ix_ledger_transaction_batch_id ON ledger_transaction (batch_id);

CREATE TABLE listed (
    id BIGSERIAL NOT NULL,
    list_name VARCHAR NOT NULL,
    party_id BIGINT NOT NULL,
    CONSTRAINT pk_listed PRIMARY KEY (id),
    CONSTRAINT fk_listed_party_id_party FOREIGN KEY (party_id) REFERENCES party (id),
    CONSTRAINT uq_listed_list_name UNIQUE (list_name, party_id)
);
CREATE INDEX ix_listed_party_id ON listed (party_id);

CREATE TABLE person (
    party_id BIGINT NOT NULL,
    province VARCHAR,
    district VARCHAR,
    sex VARCHAR,
    birth_year BIGINT,
    CONSTRAINT pk_person PRIMARY KEY (party_id),
    CONSTRAINT fk_person_party_id_party FOREIGN KEY (party_id) REFERENCES party (id)
);

CREATE TABLE pin (
    party_id BIGINT NOT NULL,
    hash BYTEA,
    tries BIGINT NOT NULL,
    pending BYTEA,
    code_digest BYTEA,
    code_tries BIGINT NOT NULL,
    code_until TIMESTAMP WITH TIME ZONE,
    codes BIGINT NOT NULL,
    codes_from TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_pin PRIMARY KEY (party_id),
    CONSTRAINT fk_pin_party_id_party FOREIGN KEY (party_id) REFERENCES party (id)
);

CREATE TABLE premises (
    id BIGSERIAL NOT NULL,
    public_id UUID NOT NULL,
    subject_key BYTEA NOT NULL,
    kind VARCHAR NOT NULL,
    name BYTEA,
    province VARCHAR,
    found BOOLEAN NOT NULL,
    keeper_id BIGINT,
    district VARCHAR,
    llg VARCHAR,
    ward VARCHAR,
    village VARCHAR,
    latitude DOUBLE PRECISION,
    longitude DOUBLE PRECISION,
    beyond_province VARCHAR,
    beyond_district VARCHAR,
    CONSTRAINT pk_premises PRIMARY KEY (id),
    CONSTRAINT fk_premises_keeper_id_party FOREIGN KEY (keeper_id) REFERENCES party (id),
    CONSTRAINT uq_premises_public_id UNIQUE (public_id),
    CONSTRAINT uq_premises_subject_key UNIQUE (subject_key)
);
CREATE INDEX ix_premises_keeper_id ON premises (keeper_id);
CREATE INDEX ix_premises_province ON premises (province);

CREATE TABLE programme_version (
    id BIGSERIAL NOT NULL,
    code VARCHAR NOT NULL,
    number BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    document BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by_id BIGINT,
    CONSTRAINT pk_programme_version PRIMARY KEY (id),
    CONSTRAINT fk_programme_version_created_by_id_party FOREIGN KEY (created_by_id)
        REFERENCES party (id),
    CONSTRAINT uq_programme_version_code UNIQUE (code, number),
    CONSTRAINT uq_programme_version_digest UNIQUE (code, digest)
);

CREATE TABLE text_part (
    long_text_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    content BYTEA NOT NULL,
    CONSTRAINT pk_text_part PRIMARY KEY (long_text_id, number),
    CONSTRAINT fk_text_part_long_text_id_long_text FOREIGN KEY (long_text_id)
        REFERENCES long_text (id) ON DELETE CASCADE
);

CREATE TABLE token (
    id BIGSERIAL NOT NULL,
    digest BYTEA NOT NULL,
    role VARCHAR NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    party_id BIGINT REFERENCES party (id),
    CONSTRAINT pk_token PRIMARY KEY (id),
    CONSTRAINT uq_token_digest UNIQUE (digest)
);
CREATE INDEX ix_token_party_id ON token (party_id);

CREATE TABLE access (
    id BIGSERIAL NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor_id BIGINT,
    token_id BIGINT,
    subject_id BIGINT,
    number_index BYTEA,
    what VARCHAR NOT NULL,
    CONSTRAINT pk_access PRIMARY KEY (id),
    CONSTRAINT fk_access_actor_id_party FOREIGN KEY (actor_id) REFERENCES party (id),
    CONSTRAINT fk_access_token_id_token FOREIGN KEY (token_id) REFERENCES token (id),
    CONSTRAINT fk_access_subject_id_party FOREIGN KEY (subject_id) REFERENCES party (id)
);
CREATE INDEX ix_access_at ON access (at);
CREATE INDEX ix_access_number_index ON access (number_index);
CREATE INDEX ix_access_subject_id ON access (subject_id);

CREATE TABLE animal (
    id BIGSERIAL NOT NULL,
    public_id UUID NOT NULL,
    scheme VARCHAR NOT NULL,
    value VARCHAR NOT NULL,
    found BOOLEAN NOT NULL,
    registered_on DATE,
    registered_at_id BIGINT,
    registered_by_id BIGINT,
    kind VARCHAR DEFAULT 'animal' NOT NULL,
    born_on DATE,
    sex VARCHAR,
    breed VARCHAR,
    colour VARCHAR,
    dam_id BIGINT REFERENCES animal (id),
    part_of_id BIGINT REFERENCES animal (id),
    head_count BIGINT,
    kilograms DOUBLE PRECISION,
    owner_id BIGINT REFERENCES party (id),
    withdrawal_until DATE,
    ended_on DATE,
    ended_by_id BIGINT REFERENCES journal (id),
    CONSTRAINT pk_animal PRIMARY KEY (id),
    CONSTRAINT fk_animal_registered_at_id_premises FOREIGN KEY (registered_at_id)
        REFERENCES premises (id),
    CONSTRAINT fk_animal_registered_by_id_journal FOREIGN KEY (registered_by_id)
        REFERENCES journal (id),
    CONSTRAINT uq_animal_public_id UNIQUE (public_id),
    CONSTRAINT uq_animal_scheme UNIQUE (scheme, value)
);
CREATE INDEX ix_animal_owner_id ON animal (owner_id);
CREATE INDEX ix_animal_registered_at_id ON animal (registered_at_id);

CREATE TABLE campaign (
    id BIGSERIAL NOT NULL,
    public_id UUID NOT NULL,
    name VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    programme VARCHAR,
    version_id BIGINT,
    texts BYTEA NOT NULL,
    audience JSON NOT NULL,
    opens_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closes_at TIMESTAMP WITH TIME ZONE NOT NULL,
    rate BIGINT NOT NULL,
    payer VARCHAR NOT NULL,
    reference VARCHAR,
    drafted_by_id BIGINT NOT NULL,
    drafted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    approved_by_id BIGINT,
    approved_at TIMESTAMP WITH TIME ZONE,
    people BIGINT,
    segments BIGINT,
    cost BIGINT,
    cursor BIGINT DEFAULT '0' NOT NULL,
    last_id BIGINT,
    last_listed_id BIGINT,
    queued BIGINT DEFAULT '0' NOT NULL,
    ran_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_campaign PRIMARY KEY (id),
    CONSTRAINT fk_campaign_version_id_programme_version FOREIGN KEY (version_id)
        REFERENCES programme_version (id),
    CONSTRAINT fk_campaign_drafted_by_id_party FOREIGN KEY (drafted_by_id) REFERENCES party (id),
    CONSTRAINT fk_campaign_approved_by_id_party FOREIGN KEY (approved_by_id) REFERENCES party (id),
    CONSTRAINT uq_campaign_public_id UNIQUE (public_id)
);
CREATE INDEX ix_campaign_state ON campaign (state);

CREATE TABLE device_key (
    id BIGSERIAL NOT NULL,
    device_id BIGINT NOT NULL,
    key_id VARCHAR NOT NULL,
    public BYTEA NOT NULL,
    added_at TIMESTAMP WITH TIME ZONE NOT NULL,
    until TIMESTAMP WITH TIME ZONE,
    code_digest BYTEA,
    CONSTRAINT pk_device_key PRIMARY KEY (id),
    CONSTRAINT fk_device_key_device_id_device FOREIGN KEY (device_id) REFERENCES device (id),
    CONSTRAINT uq_device_key_device_id UNIQUE (device_id, key_id)
);

CREATE TABLE device_turn (
    device_id BIGINT NOT NULL,
    counter BIGINT NOT NULL,
    key_digest BYTEA NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    skew_seconds BIGINT,
    waits BOOLEAN NOT NULL,
    CONSTRAINT pk_device_turn PRIMARY KEY (device_id, counter),
    CONSTRAINT fk_device_turn_device_id_device FOREIGN KEY (device_id) REFERENCES device (id),
    CONSTRAINT fk_device_turn_key_digest_envelope FOREIGN KEY (key_digest)
        REFERENCES envelope (key_digest)
);
CREATE INDEX ix_device_turn_waiting ON device_turn (device_id, counter) WHERE waits;

CREATE TABLE ledger_offer (
    id BIGSERIAL NOT NULL,
    transaction_id BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    raw BYTEA NOT NULL,
    offered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_ledger_offer PRIMARY KEY (id),
    CONSTRAINT fk_ledger_offer_transaction_id_ledger_transaction FOREIGN KEY (transaction_id)
        REFERENCES ledger_transaction (id) ON DELETE CASCADE,
    CONSTRAINT uq_ledger_offer_hash UNIQUE (hash)
);
CREATE INDEX ix_ledger_offer_transaction_id ON ledger_offer (transaction_id);

CREATE TABLE outbreak (
    id BIGSERIAL NOT NULL,
    public_id UUID NOT NULL,
    subject_key BYTEA NOT NULL,
    disease VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    index_premises_id BIGINT NOT NULL,
    began_on DATE NOT NULL,
    opened_by_id BIGINT NOT NULL,
    CONSTRAINT pk_outbreak PRIMARY KEY (id),
    CONSTRAINT fk_outbreak_index_premises_id_premises FOREIGN KEY (index_premises_id)
        REFERENCES premises (id),
    CONSTRAINT fk_outbreak_opened_by_id_journal FOREIGN KEY (opened_by_id) REFERENCES journal (id),
    CONSTRAINT uq_outbreak_public_id UNIQUE (public_id),
    CONSTRAINT uq_outbreak_subject_key UNIQUE (subject_key)
);
CREATE INDEX ix_outbreak_index_premises_id ON outbreak (index_premises_id);
CREATE INDEX ix_outbreak_state ON outbreak (state);

CREATE TABLE permit (
    id BIGSERIAL NOT NULL,
    public_id UUID NOT NULL,
    subject_key BYTEA NOT NULL,
    state VARCHAR NOT NULL,
    asked_by_id BIGINT,
    decided_by_id BIGINT,
    origin_id BIGINT NOT NULL,
    destination_id BIGINT NOT NULL,
    first_day DATE NOT NULL,
    last_day DATE NOT NULL,
    head_count BIGINT,
    closed_on DATE,
    CONSTRAINT pk_permit PRIMARY KEY (id),
    CONSTRAINT fk_permit_asked_by_id_party FOREIGN KEY (asked_by_id) REFERENCES party (id),
    CONSTRAINT fk_permit_decided_by_id_party FOREIGN KEY (decided_by_id) REFERENCES party (id),
    CONSTRAINT fk_permit_origin_id_premises FOREIGN KEY (origin_id) REFERENCES premises (id),
    CONSTRAINT fk_permit_destination_id_premises FOREIGN KEY (destination_id)
        REFERENCES premises (id),
    CONSTRAINT uq_permit_public_id UNIQUE (public_id),
    CONSTRAINT uq_permit_subject_key UNIQUE (subject_key)
);
CREATE INDEX ix_permit_asked_by_id ON permit (asked_by_id);
CREATE INDEX ix_permit_destination_id ON permit (destination_id);
CREATE INDEX ix_permit_last_day ON permit (last_day);
CREATE INDEX ix_permit_origin_id ON permit (origin_id);
CREATE INDEX ix_permit_state ON permit (state);

CREATE TABLE post (
    party_id BIGINT NOT NULL,
    premises_id BIGINT NOT NULL,
    asked JSON NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_post PRIMARY KEY (party_id),
    CONSTRAINT fk_post_party_id_party FOREIGN KEY (party_id) REFERENCES party (id),
    CONSTRAINT fk_post_premises_id_premises FOREIGN KEY (premises_id) REFERENCES premises (id)
);
CREATE INDEX ix_post_premises_id ON post (premises_id);

CREATE TABLE programme_approval (
    id BIGSERIAL NOT NULL,
    version_id BIGINT NOT NULL,
    language VARCHAR NOT NULL,
    reference VARCHAR NOT NULL,
    approved_by_id BIGINT NOT NULL,
    approved_at TIMESTAMP WITH TIME ZONE NOT NULL,
    journal_id BIGINT NOT NULL,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    withdrawn_by_id BIGINT,
    CONSTRAINT pk_programme_approval PRIMARY KEY (id),
    CONSTRAINT fk_programme_approval_version_id_programme_version FOREIGN KEY (version_id)
        REFERENCES programme_version (id),
    CONSTRAINT fk_programme_approval_approved_by_id_party FOREIGN KEY (approved_by_id)
        REFERENCES party (id),
    CONSTRAINT fk_programme_approval_journal_id_journal FOREIGN KEY (journal_id)
        REFERENCES journal (id),
    CONSTRAINT fk_programme_approval_withdrawn_by_id_party FOREIGN KEY (withdrawn_by_id)
        REFERENCES party (id),
    CONSTRAINT uq_programme_approval_version_id UNIQUE (version_id, language)
);

CREATE TABLE reader_session (
    id BIGSERIAL NOT NULL,
    device_id BIGINT NOT NULL,
    public_id UUID NOT NULL,
    begun_at TIMESTAMP WITH TIME ZONE NOT NULL,
    started_at VARCHAR,
    ahead_seconds BIGINT,
    parts BIGINT NOT NULL,
    confirmed_as VARCHAR,
    confirmed_on DATE,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_reader_session PRIMARY KEY (id),
    CONSTRAINT fk_reader_session_device_id_device FOREIGN KEY (device_id) REFERENCES device (id),
    CONSTRAINT uq_reader_session_device_id UNIQUE (device_id, public_id)
);

CREATE TABLE tag_range (
    id BIGSERIAL NOT NULL,
    first VARCHAR NOT NULL,
    last VARCHAR NOT NULL,
    premises_id BIGINT NOT NULL,
    journal_id BIGINT NOT NULL,
    CONSTRAINT pk_tag_range PRIMARY KEY (id),
    CONSTRAINT fk_tag_range_premises_id_premises FOREIGN KEY (premises_id) REFERENCES premises (id),
    CONSTRAINT fk_tag_range_journal_id_journal FOREIGN KEY (journal_id) REFERENCES journal (id),
    CONSTRAINT uq_tag_range_first UNIQUE (first),
    CONSTRAINT uq_tag_range_last UNIQUE (last)
);
CREATE INDEX ix_tag_range_premises_id ON tag_range (premises_id);

CREATE TABLE village_answer (
    key_digest BYTEA NOT NULL,
    device_id BIGINT NOT NULL,
    CONSTRAINT pk_village_answer PRIMARY KEY (key_digest),
    CONSTRAINT fk_village_answer_key_digest_envelope FOREIGN KEY (key_digest)
        REFERENCES envelope (key_digest),
    CONSTRAINT fk_village_answer_device_id_device FOREIGN KEY (device_id) REFERENCES device (id)
);
CREATE INDEX ix_village_answer_device_id ON village_answer (device_id);

CREATE TABLE village_box (
    device_id BIGINT NOT NULL,
    synced_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version VARCHAR NOT NULL,
    queued BIGINT NOT NULL,
    free_bytes BIGINT,
    statuses_version BIGINT NOT NULL,
    statuses_digest BYTEA,
    programmes_version BIGINT NOT NULL,
    programmes_digest BYTEA,
    CONSTRAINT pk_village_box PRIMARY KEY (device_id),
    CONSTRAINT fk_village_box_device_id_device FOREIGN KEY (device_id) REFERENCES device (id)
);

CREATE TABLE village_numbers (
    id BIGSERIAL NOT NULL,
    device_id BIGINT NOT NULL,
    first BIGINT NOT NULL,
    last BIGINT NOT NULL,
    given_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_village_numbers PRIMARY KEY (id),
    CONSTRAINT fk_village_numbers_device_id_device FOREIGN KEY (device_id) REFERENCES device (id),
    CONSTRAINT uq_village_numbers_first UNIQUE (first)
);
CREATE INDEX ix_village_numbers_device_id ON village_numbers (device_id);

CREATE TABLE village_phone (
    id BIGSERIAL NOT NULL,
    number_index BYTEA NOT NULL,
    device_id BIGINT NOT NULL,
    said_at TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    elsewhere BOOLEAN NOT NULL,
    CONSTRAINT pk_village_phone PRIMARY KEY (id),
    CONSTRAINT fk_village_phone_device_id_device FOREIGN KEY (device_id) REFERENCES device (id),
    CONSTRAINT uq_village_phone_number_index UNIQUE (number_index)
);
CREATE INDEX ix_village_phone_device_id ON village_phone (device_id);

CREATE TABLE village_question (
    device_id BIGINT NOT NULL,
    scheme VARCHAR NOT NULL,
    value VARCHAR NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_village_question PRIMARY KEY (device_id, scheme, value),
    CONSTRAINT fk_village_question_device_id_device FOREIGN KEY (device_id) REFERENCES device (id)
);

CREATE TABLE check_made (
    journal_id BIGINT NOT NULL,
    animal_id BIGINT NOT NULL,
    premises_id BIGINT,
    permit_id BIGINT,
    purpose VARCHAR NOT NULL,
    outcome VARCHAR NOT NULL,
    CONSTRAINT pk_check_made PRIMARY KEY (journal_id, animal_id),
    CONSTRAINT fk_check_made_journal_id_journal FOREIGN KEY (journal_id) REFERENCES journal (id),
    CONSTRAINT fk_check_made_animal_id_animal FOREIGN KEY (animal_id) REFERENCES animal (id),
    CONSTRAINT fk_check_made_premises_id_premises FOREIGN KEY (premises_id)
        REFERENCES premises (id),
    CONSTRAINT fk_check_made_permit_id_permit FOREIGN KEY (permit_id) REFERENCES permit (id)
);
CREATE INDEX ix_check_made_animal_id ON check_made (animal_id);
CREATE INDEX ix_check_made_permit_id ON check_made (permit_id);
CREATE INDEX ix_check_made_premises_id ON check_made (premises_id);

CREATE TABLE control_order (
    id BIGSERIAL NOT NULL,
    public_id UUID NOT NULL,
    subject_key BYTEA NOT NULL,
    number VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    status VARCHAR,
    disease VARCHAR,
    area JSON NOT NULL,
    area_name VARCHAR NOT NULL,
    area_salt BYTEA NOT NULL,
    since DATE NOT NULL,
    until DATE,
    declared_at TIMESTAMP WITH TIME ZONE NOT NULL,
    lifted_at TIMESTAMP WITH TIME ZONE,
    outbreak_id BIGINT,
    declared_by_id BIGINT NOT NULL,
    CONSTRAINT pk_control_order PRIMARY KEY (id),
    CONSTRAINT fk_control_order_outbreak_id_outbreak FOREIGN KEY (outbreak_id)
        REFERENCES outbreak (id),
    CONSTRAINT fk_control_order_declared_by_id_journal FOREIGN KEY (declared_by_id)
        REFERENCES journal (id),
    CONSTRAINT uq_control_order_number UNIQUE (number),
    CONSTRAINT uq_control_order_public_id UNIQUE (public_id),
    CONSTRAINT uq_control_order_subject_key UNIQUE (subject_key)
);
CREATE INDEX ix_control_order_outbreak_id ON control_order (outbreak_id);
CREATE INDEX ix_control_order_until ON control_order (until);

CREATE TABLE flag (
    journal_id BIGINT NOT NULL,
    animal_id BIGINT NOT NULL,
    code VARCHAR NOT NULL,
    CONSTRAINT pk_flag PRIMARY KEY (journal_id, animal_id, code),
    CONSTRAINT fk_flag_journal_id_journal FOREIGN KEY (journal_id) REFERENCES journal (id),
    CONSTRAINT fk_flag_animal_id_animal FOREIGN KEY (animal_id) REFERENCES animal (id)
);

CREATE TABLE identifier (
    scheme VARCHAR NOT NULL,
    value VARCHAR NOT NULL,
    animal_id BIGINT,
    premises_id BIGINT,
    permit_id BIGINT REFERENCES permit (id),
    outbreak_id BIGINT REFERENCES outbreak (id),
    retired_on DATE,
    CONSTRAINT pk_identifier PRIMARY KEY (scheme, value),
    CONSTRAINT fk_identifier_animal_id_animal FOREIGN KEY (animal_id) REFERENCES animal (id),
    CONSTRAINT fk_identifier_premises_id_premises FOREIGN KEY (premises_id) REFERENCES premises (id)
);
CREATE INDEX ix_identifier_animal_id ON identifier (animal_id);
CREATE INDEX ix_identifier_outbreak_id ON identifier (outbreak_id);
CREATE INDEX ix_identifier_permit_id ON identifier (permit_id);
CREATE INDEX ix_identifier_premises_id ON identifier (premises_id);
CREATE INDEX ix_identifier_value ON identifier (value);

CREATE TABLE movement (
    id BIGSERIAL NOT NULL,
    animal_id BIGINT NOT NULL,
    origin_id BIGINT,
    destination_id BIGINT,
    departed_on DATE,
    arrived_on DATE,
    departure_id BIGINT,
    arrival_id BIGINT,
    CONSTRAINT pk_movement PRIMARY KEY (id),
    CONSTRAINT fk_movement_animal_id_animal FOREIGN KEY (animal_id) REFERENCES animal (id),
    CONSTRAINT fk_movement_origin_id_premises FOREIGN KEY (origin_id) REFERENCES premises (id),
    CONSTRAINT fk_movement_destination_id_premises FOREIGN KEY (destination_id)
        REFERENCES premises (id),
    CONSTRAINT fk_movement_departure_id_journal FOREIGN KEY (departure_id) REFERENCES journal (id),
    CONSTRAINT fk_movement_arrival_id_journal FOREIGN KEY (arrival_id) REFERENCES journal (id)
);
CREATE INDEX ix_movement_animal_id ON movement (animal_id);
CREATE INDEX ix_movement_arrival_id ON movement (arrival_id);
CREATE INDEX ix_movement_ingoing ON movement (destination_id, arrived_on, departed_on, origin_id);
CREATE INDEX ix_movement_open ON movement (departed_on) WHERE arrived_on IS NULL;
CREATE INDEX ix_movement_outgoing ON movement (origin_id, departed_on, arrived_on, destination_id);

CREATE TABLE permit_animal (
    permit_id BIGINT NOT NULL,
    animal_id BIGINT NOT NULL,
    CONSTRAINT pk_permit_animal PRIMARY KEY (permit_id, animal_id),
    CONSTRAINT fk_permit_animal_permit_id_permit FOREIGN KEY (permit_id) REFERENCES permit (id),
    CONSTRAINT fk_permit_animal_animal_id_animal FOREIGN KEY (animal_id) REFERENCES animal (id)
);
CREATE INDEX ix_permit_animal_animal_id ON permit_animal (animal_id);

CREATE TABLE permit_route (
    permit_id BIGINT NOT NULL,
    premises_id BIGINT NOT NULL,
    CONSTRAINT pk_permit_route PRIMARY KEY (permit_id, premises_id),
    CONSTRAINT fk_permit_route_permit_id_permit FOREIGN KEY (permit_id) REFERENCES permit (id),
    CONSTRAINT fk_permit_route_premises_id_premises FOREIGN KEY (premises_id)
        REFERENCES premises (id)
);
CREATE INDEX ix_permit_route_premises_id ON permit_route (premises_id);

CREATE TABLE reader_scan (
    session_id BIGINT NOT NULL,
    place BIGINT NOT NULL,
    part BIGINT NOT NULL,
    line BIGINT NOT NULL,
    tag VARCHAR,
    fault VARCHAR,
    count BIGINT,
    at VARCHAR,
    kilograms DOUBLE PRECISION,
    said BYTEA,
    CONSTRAINT pk_reader_scan PRIMARY KEY (session_id, place),
    CONSTRAINT fk_reader_scan_session_id_reader_session FOREIGN KEY (session_id)
        REFERENCES reader_session (id)
);
CREATE INDEX ix_reader_scan_said ON reader_scan (session_id) WHERE said IS NOT NULL;

CREATE TABLE subscription (
    id BIGSERIAL NOT NULL,
    public_id UUID NOT NULL,
    party_id BIGINT NOT NULL,
    programme VARCHAR NOT NULL,
    version_id BIGINT NOT NULL,
    language VARCHAR NOT NULL,
    cohort VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    reason VARCHAR,
    discreet BOOLEAN DEFAULT false NOT NULL,
    number BYTEA,
    number_index BYTEA NOT NULL,
    zone VARCHAR NOT NULL,
    place BYTEA,
    anchors JSON NOT NULL,
    turns JSON NOT NULL,
    source VARCHAR NOT NULL,
    campaign_id BIGINT,
    since TIMESTAMP WITH TIME ZONE,
    next_on DATE,
    invited_at TIMESTAMP WITH TIME ZONE NOT NULL,
    screened_at TIMESTAMP WITH TIME ZONE,
    consented_at TIMESTAMP WITH TIME ZONE,
    activated_at TIMESTAMP WITH TIME ZONE,
    paused_at TIMESTAMP WITH TIME ZONE,
    resumes_on DATE,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_subscription PRIMARY KEY (id),
    CONSTRAINT fk_subscription_party_id_party FOREIGN KEY (party_id) REFERENCES party (id),
    CONSTRAINT fk_subscription_version_id_programme_version FOREIGN KEY (version_id)
        REFERENCES programme_version (id),
    CONSTRAINT fk_subscription_campaign_id_campaign FOREIGN KEY (campaign_id)
        REFERENCES campaign (id),
    CONSTRAINT uq_subscription_public_id UNIQUE (public_id)
);
CREATE INDEX ix_subscription_campaign_id ON subscription (campaign_id);
CREATE INDEX ix_subscription_due ON subscription (next_on, id) WHERE next_on IS NOT NULL;
CREATE INDEX ix_subscription_number_index ON subscription (number_index);
CREATE INDEX ix_subscription_party_id ON subscription (party_id);
CREATE INDEX ix_subscription_programme ON subscription (programme, state);
CREATE INDEX ix_subscription_resuming ON subscription (resumes_on) WHERE resumes_on IS NOT NULL;
CREATE UNIQUE INDEX uq_subscription_open ON subscription (programme, party_id)
    WHERE state IN ('invited', 'screened', 'consented', 'active', 'paused');

CREATE TABLE asking (
    id BIGSERIAL NOT NULL,
    subscription_id BIGINT NOT NULL,
    item VARCHAR NOT NULL,
    number_index BYTEA NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closes_at TIMESTAMP WITH TIME ZONE NOT NULL,
    remind_at TIMESTAMP WITH TIME ZONE,
    reminded BIGINT DEFAULT '0' NOT NULL,
    reminded_at TIMESTAMP WITH TIME ZONE,
    state VARCHAR NOT NULL,
    answer VARCHAR,
    value VARCHAR,
    answered_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_asking PRIMARY KEY (id),
    CONSTRAINT fk_asking_subscription_id_subscription FOREIGN KEY (subscription_id)
        REFERENCES subscription (id),
    CONSTRAINT uq_asking_subscription_id UNIQUE (subscription_id, item, asked_at)
);
CREATE INDEX ix_asking_closing ON asking (closes_at) WHERE state = 'open';
CREATE INDEX ix_asking_open ON asking (number_index, asked_at) WHERE state = 'open';
CREATE INDEX ix_asking_reminding ON asking (remind_at)
    WHERE state = 'open' AND remind_at IS NOT NULL;

CREATE TABLE concern (
    id BIGSERIAL NOT NULL,
    public_id UUID NOT NULL,
    party_id BIGINT NOT NULL,
    subscription_id BIGINT,
    programme VARCHAR,
    kind VARCHAR NOT NULL,
    code VARCHAR NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    told_id BIGINT,
    handled_at TIMESTAMP WITH TIME ZONE,
    handled_by_id BIGINT,
    note BYTEA,
    CONSTRAINT pk_concern PRIMARY KEY (id),
    CONSTRAINT fk_concern_party_id_party FOREIGN KEY (party_id) REFERENCES party (id),
    CONSTRAINT fk_concern_subscription_id_subscription FOREIGN KEY (subscription_id)
        REFERENCES subscription (id),
    CONSTRAINT fk_concern_told_id_party FOREIGN KEY (told_id) REFERENCES party (id),
    CONSTRAINT fk_concern_handled_by_id_party FOREIGN KEY (handled_by_id) REFERENCES party (id),
    CONSTRAINT uq_concern_public_id UNIQUE (public_id)
);
CREATE INDEX ix_concern_open ON concern (id) WHERE handled_at IS NULL;
CREATE INDEX ix_concern_party_id ON concern (party_id);
CREATE INDEX ix_concern_subscription_id ON concern (subscription_id);

CREATE TABLE notice (
    id BIGSERIAL NOT NULL,
    public_id UUID NOT NULL,
    order_id BIGINT NOT NULL,
    draft_id BIGINT NOT NULL,
    state VARCHAR NOT NULL,
    texts BYTEA NOT NULL,
    drafted_by_id BIGINT,
    approved_by_id BIGINT,
    drafted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    approved_at TIMESTAMP WITH TIME ZONE,
    drafted_recipients BIGINT NOT NULL,
    recipients BIGINT NOT NULL,
    segments BIGINT NOT NULL,
    cost BIGINT NOT NULL,
    CONSTRAINT pk_notice PRIMARY KEY (id),
    CONSTRAINT fk_notice_order_id_control_order FOREIGN KEY (order_id)
        REFERENCES control_order (id),
    CONSTRAINT fk_notice_draft_id_journal FOREIGN KEY (draft_id) REFERENCES journal (id),
    CONSTRAINT fk_notice_drafted_by_id_party FOREIGN KEY (drafted_by_id) REFERENCES party (id),
    CONSTRAINT fk_notice_approved_by_id_party FOREIGN KEY (approved_by_id) REFERENCES party (id),
    CONSTRAINT uq_notice_public_id UNIQUE (public_id)
);
CREATE INDEX ix_notice_order_id ON notice (order_id);
CREATE INDEX ix_notice_state ON notice (state);

CREATE TABLE subscription_change (
    id BIGSERIAL NOT NULL,
    subscription_id BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    what VARCHAR NOT NULL,
    details JSON NOT NULL,
    CONSTRAINT pk_subscription_change PRIMARY KEY (id),
    CONSTRAINT fk_subscription_change_subscription_id_subscription FOREIGN KEY (subscription_id)
        REFERENCES subscription (id)
);
CREATE INDEX ix_subscription_change_subscription_id ON subscription_change (subscription_id);

INSERT INTO ledger_lease (id, token) VALUES (1, 0);
