// Generated from src/wire by `cargo test --lib wire::typescript`. Do not edit.

export const PROTOCOL_VERSION = 1;

/**
 * `GET|POST|DELETE /recordings/{id}/access-copy`
 */
export type AccessCopy = { 
/**
 * none, running, done, failed.
 */
state: string, 
/**
 * Per cent, while it runs.
 */
percent: number | null, 
/**
 * Why it failed.
 */
detail: string | null, };

/**
 * One act of one participant.
 */
export type Act = { "act": "finish_check", 
/**
 * True when sound and picture came back through the server.
 */
passed: boolean, } | { "act": "check_equipment" } | { "act": "set_source", 
/**
 * Which one.
 */
source: Source, 
/**
 * True when it sends.
 */
on: boolean, } | { "act": "raise_hand", 
/**
 * True: up.
 */
up: boolean, } | { "act": "leave" } | { "act": "admit", 
/**
 * Whom.
 */
participant: ParticipantId, } | { "act": "send_to_waiting", 
/**
 * Whom.
 */
participant: ParticipantId, } | { "act": "dismiss", 
/**
 * Whom.
 */
participant: ParticipantId, } | { "act": "remove", 
/**
 * Whom.
 */
participant: ParticipantId, 
/**
 * Why, for the court log.
 */
reason: string, } | { "act": "move", 
/**
 * Whom.
 */
participant: ParticipantId, 
/**
 * Where to.
 */
room: Room, 
/**
 * For the consultation room alone: the person whom they join in theirs. Without it they get an empty one, so that
 * nobody comes upon a private word by mistake.
 */
with?: ParticipantId, } | { "act": "mute", 
/**
 * Whom.
 */
participant: ParticipantId, 
/**
 * True: silenced.
 */
muted: boolean, } | { "act": "call", 
/**
 * Whom.
 */
participant: ParticipantId, } | { "act": "identify", 
/**
 * Whom.
 */
participant: ParticipantId, } | { "act": "swear", 
/**
 * Whom.
 */
participant: ParticipantId, 
/**
 * In which form.
 */
form: Oath, } | { "act": "release", 
/**
 * Whom.
 */
participant: ParticipantId, } | { "act": "state_opening", 
/**
 * Whose testimony is recorded.
 */
witness: ParticipantId, 
/**
 * Whose witness.
 */
witness_for: WitnessFor, 
/**
 * Where.
 */
place: string, } | { "act": "state_present" } | { "act": "state_witness_room", 
/**
 * Who.
 */
others: string, } | { "act": "examine", 
/**
 * Who asks.
 */
participant: ParticipantId, 
/**
 * True: begins. Whoever asked until now has ended.
 */
on: boolean, } | { "act": "object" } | { "act": "rule", 
/**
 * Its number.
 */
objection: number, 
/**
 * What.
 */
ruling: Ruling, } | { "act": "state_closing", 
/**
 * In whose custody it goes.
 */
custody: string, } | { "act": "leave_out", 
/**
 * Which.
 */
step: Step, 
/**
 * Of an examination: whose.
 */
counsel?: ParticipantId, 
/**
 * Why, for the court log.
 */
reason: string, } | { "act": "show_recording", 
/**
 * Which.
 */
recording: RecordingId, } | { "act": "play_recording" } | { "act": "pause_recording" } | { "act": "seek_recording", 
/**
 * Milliseconds from its beginning.
 */
position_ms: number, } | { "act": "put_away_recording" } | { "act": "open" } | { "act": "begin" } | { "act": "pause" } | { "act": "suspend", 
/**
 * Why, for the court log.
 */
reason: string, } | { "act": "resume" } | { "act": "adjourn", 
/**
 * Why.
 */
reason: string, 
/**
 * RFC 3339 date-time of the next sitting, if it is fixed.
 */
next: string | null, } | { "act": "close" } | { "act": "go_on_record" } | { "act": "go_off_record" } | { "act": "in_camera", 
/**
 * True: closed to the public.
 */
on: boolean, } | { "act": "screening", 
/**
 * Whose picture.
 */
participant: ParticipantId, 
/**
 * From whom, all of them; an empty list shows the person to everyone again.
 */
from: Array<ParticipantId>, } | { "act": "mark", 
/**
 * What it says.
 */
text: string, };

/**
 * Why a hearing was adjourned, and until when.
 */
export type Adjournment = { 
/**
 * The reason given; only for those who take part in the hearing.
 */
reason: string | null, 
/**
 * RFC 3339 date-time of the next sitting, if it is fixed.
 */
next: string | null, };

/**
 * `GET /alarms`: what needs somebody now.
 */
export type Alarms = { 
/**
 * Recordings that need somebody, at most twenty.
 */
recordings: Array<RecordingCondition>, 
/**
 * How many there are in all.
 */
count: number, 
/**
 * What hinders all copying to the second store.
 */
second_store: CopyHindered | null, };

/**
 * A note at a moment of a sealed recording. It lies in the chain of custody.
 */
export type Annotation = { 
/**
 * Number of its entry in the chain of custody.
 */
seq: number, 
/**
 * RFC 3339.
 */
at: string, 
/**
 * Who made it.
 */
by: string, 
/**
 * From 1.
 */
segment: number, 
/**
 * Milliseconds from the segment's start.
 */
media_ms: number, 
/**
 * The note.
 */
text: string, };

/**
 * Why the server says goodbye.
 */
export type ByeReason = "hearing_closed" | "hearing_adjourned" | "dismissed" | "removed" | "left" | "opened_elsewhere" | "session_invalid" | "version_mismatch" | "protocol_error" | "server_stops";

/**
 * One thing that a participant may do.
 */
export type Capability = "publish" | "share_screen" | "raise_hand" | "preside" | "admit" | "remove" | "mute" | "record" | "in_camera" | "screening" | "examine" | "capture_testimony" | "object" | "rule" | "play_recording" | "mark" | "see_everyone" | "invite" | "see_case" | "handle_evidence" | "request_media" | "release_media" | "set_retention" | "hold_evidence" | "dispose" | "order_redaction";

/**
 * The protocol of testimony that is recorded in advance, as the viewer may see it.
 */
export type CaptureView = { 
/**
 * Whose testimony is recorded, once that was said.
 */
witness: ParticipantId | null, 
/**
 * Whose witness, as it was said in the opening.
 */
witness_for: WitnessFor | null, 
/**
 * Where, as it was said in the opening.
 */
place: string | null, 
/**
 * The steps, in their order.
 */
steps: Array<StepView>, 
/**
 * Who asks the witness now.
 */
examining: ParticipantId | null, 
/**
 * Objections, in their order.
 */
objections: Array<Objection>, };

/**
 * An order as it stands in the copy that carries it out.
 */
export type CarriedOut = { 
/**
 * As the court files it.
 */
reference: string, 
/**
 * Why.
 */
reason: string, 
/**
 * Who ordered it.
 */
ordered_by: string, 
/**
 * The recording that it is about, where that is another of the same hearing.
 */
about: RecordingId | null, 
/**
 * What is taken out.
 */
intervals: Array<RedactedInterval>, 
/**
 * Entries of the court log that are taken out as well, by their numbers in the log of the original.
 */
log_entries: number[], };

/**
 * A case.
 */
export type Case = { 
/**
 * Identifier.
 */
id: CaseId, 
/**
 * As the court writes it.
 */
reference: string, 
/**
 * Title.
 */
title: string, 
/**
 * Unix milliseconds.
 */
created_at: number, };

/**
 * A case with what belongs to it.
 */
export type CaseFile = { 
/**
 * The case.
 */
case: Case, 
/**
 * Its hearings, newest first.
 */
hearings: Array<Hearing>, 
/**
 * Its electronic evidence, newest first.
 */
evidence: Array<Evidence>, };

/**
 * A case: the dispute or charge.
 */
export type CaseId = string;

/**
 * From the client to the server.
 */
export type ClientMessage = { "type": "hello", 
/**
 * `PROTOCOL_VERSION` of the client.
 */
version: number, 
/**
 * The session's secret, as redeemed from an invitation.
 */
session: string, } | { "type": "act", 
/**
 * Chosen by the client.
 */
id: number, 
/**
 * What to do.
 */
act: Act, } | { "type": "quality", 
/**
 * Packets lost toward the client in the last interval, in per mille.
 */
loss_per_mille: number, 
/**
 * Round-trip time in milliseconds.
 */
rtt_ms: number, } | { "type": "follows", 
/**
 * Which.
 */
recording: RecordingId, 
/**
 * How.
 */
state: FollowState, } | { "type": "shows", 
/**
 * At most `PICTURES_MAX`.
 */
pictures: Array<ShownPicture>, };

/**
 * The copy of a recording in the second store, by the notes of the last copying or reading; the store is not asked.
 */
export type CopyCondition = { 
/**
 * Where it stands.
 */
stage: CopyStage, 
/**
 * When it was last found as it should be there, in Unix milliseconds.
 */
verified_at: number | null, 
/**
 * What hinders the copying of this recording, or of all of them.
 */
hindered: CopyHindered | null, };

/**
 * Why something cannot be copied to the second store.
 */
export type CopyFault = "unreachable" | "another_store" | "refused" | "full" | "disk" | "here" | "not_encrypted" | "other";

/**
 * A copying that failed and is tried again.
 */
export type CopyHindered = { 
/**
 * Since then it has failed each time, in Unix milliseconds.
 */
since: number, 
/**
 * Why, the last time.
 */
why: CopyFault, };

/**
 * What had become of a copy in the second store.
 */
export type CopyOutcome = "deleted" | "locked" | "not_deleted";

/**
 * How the copy of a recording in the second store stands.
 */
export type CopyStage = "none" | "waiting" | "kept" | "differs";

/**
 * `GET /court`: whom to turn to. What the court has not configured is null.
 */
export type Court = { 
/**
 * The court's name.
 */
name: string | null, 
/**
 * Telephone for those who need help with a hearing.
 */
telephone: string | null, };

/**
 * An entry of the chain of custody.
 */
export type CustodyEntry = { 
/**
 * From 1.
 */
seq: number, 
/**
 * RFC 3339.
 */
at: string, 
/**
 * A stable word, such as `viewed` or `released`; all are in recordings-schema/custody-entry.schema.json.
 */
act: string, 
/**
 * Who.
 */
by: string, 
/**
 * For an act that takes time, which has two entries: which of them this is. Null for an act of one entry.
 */
phase: CustodyPhase | null, 
/**
 * In a completed entry: number of the entry that opened the act.
 */
opened_by: number | null, 
/**
 * In a completed entry: how the act ended.
 */
outcome: CustodyOutcome | null, 
/**
 * Number of the request that it was about, or by whose release it was done.
 */
request: number | null, 
/**
 * Whom the recording was asked for, released to, or refused.
 */
to: string | null, 
/**
 * What was played.
 */
played: Playback | null, 
/**
 * Of a recording that was played at a hearing: what was done there.
 */
at_hearing: PlayedAt | null, 
/**
 * Hex hash of the entry.
 */
hash: string, };

/**
 * How an act in the chain of custody ended.
 */
export type CustodyOutcome = "succeeded" | "failed" | "unknown";

/**
 * Which end of an act that takes time an entry of the chain of custody tells.
 */
export type CustodyPhase = "opened" | "completed";

/**
 * Damage that was found. Where, the server's log and `oyer verify` say.
 */
export type Damage = { 
/**
 * When it was found first, in Unix milliseconds.
 */
found_at: number, 
/**
 * When all of the recording was next found as it was sealed, in Unix milliseconds; none while it is damaged.
 */
well_at: number | null, };

/**
 * What the court, or a member of it, decided.
 */
export type Decision = { 
/**
 * Who.
 */
by: string, 
/**
 * Why.
 */
reason: string, 
/**
 * Unix milliseconds.
 */
at: number, };

/**
 * The copy of a recording in the second store, when the certificate of its disposal was signed.
 */
export type DestroyedCopy = { 
/**
 * What had become of it.
 */
outcome: CopyOutcome, 
/**
 * Until then the store deletes nothing of it, RFC 3339; null where it has locked nothing.
 */
locked_until: string | null, };

/**
 * A disposal that was proposed.
 */
export type Disposal = { 
/**
 * Identifier.
 */
id: string, 
/**
 * What is to be destroyed, or was.
 */
recording: RecordingId, 
/**
 * Where it stands.
 */
state: DisposalState, 
/**
 * Who proposed it, and why.
 */
proposed: Decision, 
/**
 * Who approved or rejected it, and why.
 */
decided: Decision | null, 
/**
 * When it was done, in Unix milliseconds.
 */
done_at: number | null, 
/**
 * True when the caller proposed it: another person has to approve it.
 */
own: boolean, };

/**
 * Where the disposal of a recording stands.
 */
export type DisposalState = "proposed" | "rejected" | "approved" | "carrying_out" | "done";

/**
 * `GET /recordings/{id}/disposal`: what is left of a recording that was disposed of.
 */
export type DisposedRecording = { 
/**
 * As in the case file.
 */
evidence: Evidence, 
/**
 * The case.
 */
case: Case, 
/**
 * Who proposed it.
 */
proposed_by: string, 
/**
 * Who approved it: another person.
 */
approved_by: string, 
/**
 * Last day on which it was kept, `2033-11-28`.
 */
kept_until: string, 
/**
 * How many files there were.
 */
files: number, 
/**
 * How many bytes they had.
 */
bytes: number, 
/**
 * RFC 3339.
 */
issued_at: string, 
/**
 * Hex SHA-256 of the certificate.
 */
certificate_sha256: string, 
/**
 * What had become of the copy in the second store when the certificate was signed; null where there was none.
 */
second_store: DestroyedCopy | null, 
/**
 * Chain of custody, in order.
 */
custody: Array<CustodyEntry>, };

/**
 * Why a recording cannot be encrypted where it lies.
 */
export type EncryptFault = "key" | "disk_full" | "disk" | "files_changed" | "database" | "other";

/**
 * What hinders the encryption of a recording where it lies. The server tries again by itself.
 */
export type EncryptHindered = { 
/**
 * When it failed first, in Unix milliseconds.
 */
since: number, 
/**
 * Why, the last time.
 */
why: EncryptFault, };

/**
 * A piece of electronic evidence: one sealed recording.
 */
export type Evidence = { 
/**
 * The recording.
 */
recording: RecordingId, 
/**
 * Its hearing.
 */
hearing: HearingId, 
/**
 * Title of the hearing.
 */
title: string, 
/**
 * Unix milliseconds.
 */
sealed_at: number, 
/**
 * Hex SHA-256 of the signed manifest.
 */
manifest_sha256: string, 
/**
 * Where it stands.
 */
state: RecordingState, 
/**
 * True when a failure cut it off and it was sealed as found.
 */
interrupted: boolean, 
/**
 * Milliseconds on record.
 */
duration_ms: number, 
/**
 * Of a redacted copy: the recording that it was made from.
 */
derived_from: RecordingId | null, };

/**
 * How a person's page says that it follows.
 */
export type FollowState = "following" | "waiting" | "failed";

/**
 * A gap.
 */
export type Gap = { 
/**
 * Of which segment.
 */
segment: number, 
/**
 * In which track file.
 */
file: string, 
/**
 * Milliseconds from the segment's start.
 */
from_ms: number, 
/**
 * Milliseconds from the segment's start.
 */
to_ms: number, 
/**
 * muted, lost, stalled, outage, late_key_frame, not_started, ended.
 */
cause: string, };

/**
 * `POST /requests/{id}/grant`
 */
export type GrantRequest = { 
/**
 * Why.
 */
reason: string, 
/**
 * How many days the release opens, from 1 to 365.
 */
valid_days: number, };

/**
 * A hearing of a case.
 */
export type Hearing = { 
/**
 * Identifier.
 */
id: HearingId, 
/**
 * Its case.
 */
case_id: CaseId, 
/**
 * Title.
 */
title: string, 
/**
 * Unix milliseconds.
 */
listed_for: number, 
/**
 * Where it stands.
 */
state: HearingState, 
/**
 * What kind of hearing it is.
 */
kind: HearingKind, 
/**
 * While it is adjourned: why, and until when; only for those who may see the case.
 */
adjourned: Adjournment | null, };

/**
 * A hearing of a case.
 */
export type HearingId = string;

/**
 * What kind of hearing it is.
 */
export type HearingKind = "hearing" | "testimony";

/**
 * `GET /hearings/{id}/state`
 */
export type HearingNow = { 
/**
 * The hearing as the caller may see it.
 */
hearing: HearingView, 
/**
 * Whether the record runs.
 */
recording: RecordingStatus, };

/**
 * Where a hearing stands. Never back to listed.
 */
export type HearingState = "listed" | "open" | "in_session" | "paused" | "suspended" | "adjourned" | "closed";

/**
 * The hearing as one participant may see it. Sent whole on every change: it replaces what was known before.
 */
export type HearingView = { 
/**
 * The hearing.
 */
id: HearingId, 
/**
 * Its case.
 */
case_id: CaseId, 
/**
 * The case's reference, as the court writes it.
 */
case_reference: string, 
/**
 * The hearing's title.
 */
title: string, 
/**
 * What kind of hearing it is.
 */
kind: HearingKind, 
/**
 * When it is listed for, in unix milliseconds.
 */
listed_for: number, 
/**
 * Where it stands.
 */
state: HearingState, 
/**
 * True when closed to the public.
 */
in_camera: boolean, 
/**
 * True when somebody of the court (judge, panel member, clerk) is in the hearing room.
 */
court_present: boolean, 
/**
 * How many other people wait; only for those who may see everyone.
 */
waiting: number | null, 
/**
 * The participants that the viewer may know of, the viewer included.
 */
participants: Array<ParticipantView>, 
/**
 * Whether the record runs.
 */
recording: RecordingStatus, 
/**
 * When the running part of the record began, in unix milliseconds by the server's clock; none off the record, and for those
 * who may not follow the protocol of a hearing that records testimony in advance.
 */
record_since: number | null, 
/**
 * How far the protocol of testimony recorded in advance has come; for the court and for those in the room.
 */
capture: CaptureView | null, 
/**
 * The recording that is shown to the hearing; for those who may hear the court.
 */
playback: PlaybackView | null, 
/**
 * True while the hearing is paused or suspended and `resume` goes on the record again by itself.
 */
record_on_resume: boolean, 
/**
 * Whose sound or picture is not being recorded though it should be; those whom the viewer may know of.
 */
record_failing: Array<ParticipantId>, 
/**
 * Who has just begun to send, and of whom the writer has not yet confirmed all; those whom the viewer may know of.
 */
record_starting: Array<ParticipantId>, 
/**
 * How many entries of the court log are not stored, because the store does not take them.
 * For those who handle evidence; 0 for all others.
 */
log_waiting: number, 
/**
 * Recordings of this hearing that were sealed; only for those who may see the case.
 */
sealed: Array<RecordingId>, 
/**
 * Reason and next date of an adjournment; for those whose part in the hearing is not over.
 */
adjourned: Adjournment | null, 
/**
 * Rises with every change; a client drops a view older than the one it has.
 */
revision: number, };

/**
 * `GET /hearings/{id}/ice-servers`: a relay, as a browser's `RTCIceServer`.
 */
export type IceServer = { 
/**
 * Where (RFC 7065).
 */
urls: Array<string>, 
/**
 * Good until the unix time, in seconds, that it begins with.
 */
username: string, 
/**
 * Password.
 */
credential: string, };

/**
 * A fresh invitation. The link is shown once; only its hash is kept.
 */
export type Invitation = { 
/**
 * Identifier, for revoking.
 */
id: InvitationId, 
/**
 * Whom it is for.
 */
participant: ParticipantId, 
/**
 * The link.
 */
link: string, 
/**
 * Unix milliseconds.
 */
expires_at: number, };

/**
 * An invitation: one link for one participant.
 */
export type InvitationId = string;

/**
 * Where an invitation stands.
 */
export type InvitationState = "unused" | "used" | "expired" | "revoked";

/**
 * `GET /hearings/{id}/invitations`: an invitation that was made, without its secret, which nobody keeps.
 */
export type IssuedInvitation = { 
/**
 * Identifier, for revoking.
 */
id: InvitationId, 
/**
 * Whom it is for.
 */
participant: ParticipantId, 
/**
 * Where it stands.
 */
state: InvitationState, 
/**
 * Unix milliseconds.
 */
created_at: number, 
/**
 * Unix milliseconds.
 */
expires_at: number, 
/**
 * When the link was opened last, in unix milliseconds; null if never.
 */
redeemed_at: number | null, };

/**
 * A picture that only the court sees.
 */
export type KeptPicture = { 
/**
 * Whose.
 */
participant: ParticipantId, 
/**
 * Part of the record.
 */
segment: number, };

/**
 * A legal hold of a case.
 */
export type LegalHold = { 
/**
 * Identifier, for lifting it.
 */
id: string, 
/**
 * Who set it, and why.
 */
set: Decision, 
/**
 * Who lifted it; null while it is in force.
 */
lifted: Decision | null, };

/**
 * An entry of the court log.
 */
export type LogEntry = { 
/**
 * From 1.
 */
seq: number, 
/**
 * RFC 3339.
 */
at: string, 
/**
 * The segment that ran, if any.
 */
segment: number | null, 
/**
 * Milliseconds from that segment's start.
 */
media_ms: number | null, 
/**
 * What happened: a stable word, such as `on_record` or `sworn`.
 */
kind: string, 
/**
 * Who did it.
 */
by: string | null, 
/**
 * Whom it concerns.
 */
about: string | null, 
/**
 * The same person as in the tracks: names may be alike.
 */
participant: ParticipantId | null, 
/**
 * Free text.
 */
text: string | null, };

/**
 * `GET /me`
 */
export type Me = { 
/**
 * The participant.
 */
participant: ParticipantId, 
/**
 * Name.
 */
name: string, 
/**
 * Role.
 */
role: Role, 
/**
 * What the role may do.
 */
capabilities: Array<Capability>, 
/**
 * The hearing.
 */
hearing: HearingId, 
/**
 * Its title.
 */
hearing_title: string, 
/**
 * Where it stands.
 */
hearing_state: HearingState, 
/**
 * Unix milliseconds.
 */
listed_for: number, 
/**
 * The case.
 */
case: CaseId, 
/**
 * Its reference.
 */
case_reference: string, 
/**
 * Its title; only for those who may see the case.
 */
case_title: string | null, };

/**
 * A request for a recording. One that was granted is a release.
 */
export type MediaRequest = { 
/**
 * Identifier.
 */
id: RequestId, 
/**
 * What people call it.
 */
number: number, 
/**
 * What is asked for.
 */
recording: RecordingId, 
/**
 * In which form.
 */
form: ReleaseForm, 
/**
 * Who asked, or entered it for somebody.
 */
requested_by: string, 
/**
 * Whom it is released to, or is to be.
 */
released_to: string, 
/**
 * Why it is asked for.
 */
reason: string, 
/**
 * Unix milliseconds.
 */
requested_at: number, 
/**
 * Where it stands.
 */
state: RequestState, 
/**
 * Who granted or refused it, and why.
 */
decision: Decision | null, 
/**
 * Until when the release opens, in Unix milliseconds.
 */
expires_at: number | null, 
/**
 * True while the release opens the recording.
 */
opens: boolean, 
/**
 * True when the caller may open it themselves, without its link.
 */
own: boolean, 
/**
 * Who took the release back, and why.
 */
withdrawal: Decision | null, 
/**
 * Of a release of a copy for watching: how that copy stands.
 */
copy: AccessCopy | null, };

/**
 * `POST /recordings/{id}/annotations`: a note at a moment of a sealed recording.
 */
export type NewAnnotation = { 
/**
 * From 1.
 */
segment: number, 
/**
 * Milliseconds from the segment's start.
 */
media_ms: number, 
/**
 * One line of 1 to 500 characters.
 */
text: string, };

/**
 * `POST /cases`
 */
export type NewCase = { 
/**
 * As the court writes it; unique.
 */
reference: string, 
/**
 * Title.
 */
title: string, };

/**
 * `POST /cases/{id}/hearings`
 */
export type NewHearing = { 
/**
 * Title.
 */
title: string, 
/**
 * Unix milliseconds.
 */
listed_for: number, 
/**
 * What kind of hearing; without it, one like any other.
 */
kind: HearingKind | null, };

/**
 * `POST /participants/{id}/invitations`
 */
export type NewInvitation = { 
/**
 * How long the link opens, in seconds; at most until 90 days after the hearing's listed time, or after now if that
 * is later. Without it: until 7 days after the same.
 */
valid_seconds: number | null, };

/**
 * `POST /recordings/{id}/requests`
 */
export type NewMediaRequest = { 
/**
 * In which form.
 */
form: ReleaseForm, 
/**
 * Why it is asked for.
 */
reason: string, 
/**
 * For whom, if a clerk enters it for somebody; everybody else asks for themselves.
 */
released_to: string | null, };

/**
 * `POST /hearings/{id}/participants`
 */
export type NewParticipant = { 
/**
 * Name, as the court writes it.
 */
name: string, 
/**
 * Role.
 */
role: Role, 
/**
 * A person the court knows already; a new one is made without it.
 */
person: PersonId | null, };

/**
 * `POST /persons`
 */
export type NewPerson = { 
/**
 * Name.
 */
name: string, };

/**
 * `POST /recordings/{id}/redactions`: what a judge orders.
 */
export type NewRedactionOrder = { 
/**
 * As the court files the order.
 */
reference: string, 
/**
 * Why. It stands in the redacted copy in full, for everybody to whom that is given.
 */
reason: string, 
/**
 * What is taken out: 1 to 100 intervals; none where entries of the court log are named.
 */
intervals: Array<RedactedInterval>, 
/**
 * Entries of the court log that are taken out as well, by their numbers in the recording's log: 100 at most.
 */
log_entries: number[], };

/**
 * How a witness binds themselves to the truth.
 */
export type Oath = "oath" | "affirmation";

/**
 * An objection of counsel.
 */
export type Objection = { 
/**
 * From 1.
 */
number: number, 
/**
 * Whose.
 */
by: ParticipantId, 
/**
 * What became of it; none while nothing did.
 */
ruling: Ruling | null, };

/**
 * `POST /releases/open`
 */
export type OpenRelease = { 
/**
 * The secret of the link: what follows `#`.
 */
secret: string, };

/**
 * `POST /releases/open`, `POST /requests/{id}/open`: a short-lived address.
 */
export type OpenedRelease = { 
/**
 * Base path: `<base>/release`, and `<base>/access.mp4` or `<base>/bundle.tar`.
 */
base: string, 
/**
 * Until when the address is good, in Unix milliseconds.
 */
expires_at: number, 
/**
 * What it opens.
 */
release: Release, };

/**
 * A participant of a hearing.
 */
export type Participant = { 
/**
 * Identifier.
 */
id: ParticipantId, 
/**
 * The person.
 */
person: PersonId, 
/**
 * Name.
 */
name: string, 
/**
 * Role.
 */
role: Role, };

/**
 * A person in one role at one hearing.
 */
export type ParticipantId = string;

/**
 * Where a participant stands.
 */
export type ParticipantState = "invited" | "checking_equipment" | "waiting" | "in_hearing" | "in_consultation" | "retired" | "dismissed" | "removed";

/**
 * A participant as another may see them.
 */
export type ParticipantView = { 
/**
 * The participant.
 */
id: ParticipantId, 
/**
 * Name, as the court wrote it.
 */
name: string, 
/**
 * Role.
 */
role: Role, 
/**
 * Where they stand.
 */
state: ParticipantState, 
/**
 * In which room; none before they come and after they go.
 */
room: Room | null, 
/**
 * Which consultation room, from 1: those with the same number are together. None outside of one.
 */
consultation: number | null, 
/**
 * False while their connection is lost (their seat is kept).
 */
connected: boolean, 
/**
 * Own microphone switched on.
 */
microphone: boolean, 
/**
 * Own camera switched on.
 */
camera: boolean, 
/**
 * Screen shared.
 */
screen: boolean, 
/**
 * Silenced by the court.
 */
muted: boolean, 
/**
 * Hand up.
 */
hand_raised: boolean, 
/**
 * Where a witness or expert stands.
 */
testimony: Testimony | null, 
/**
 * True when the equipment check passed; none when it was not done.
 */
equipment_ok: boolean | null, 
/**
 * Those from whom the person's picture is kept (they hear the person), as far as the viewer may know. The viewer's own
 * id in it: the court hid this picture from you.
 */
kept_from: Array<ParticipantId>, 
/**
 * When somebody who had opened a link of this person last said that it is not they, in unix milliseconds. For the court
 * alone, and none for anybody else.
 */
link_declined_at: number | null, 
/**
 * When the person's place was last taken over while they were connected: they, or somebody else with a link of theirs,
 * came in from another device or page, by a session of its own. Unix milliseconds; for the court alone.
 */
seat_taken_over_at: number | null, };

/**
 * A person.
 */
export type Person = { 
/**
 * Identifier.
 */
id: PersonId, 
/**
 * Name.
 */
name: string, };

/**
 * A person as the court knows them, across hearings.
 */
export type PersonId = string;

/**
 * `POST /recordings/{id}/playbacks`, `POST /tickets/{ticket}/playbacks`: a stretch that was played.
 */
export type Playback = { 
/**
 * The part on record, from 1; none for a copy, which has all parts one after another.
 */
segment: number | null, 
/**
 * Milliseconds from its beginning.
 */
from_ms: number, 
/**
 * Milliseconds from its beginning; more than `from_ms`.
 */
to_ms: number, };

/**
 * A recording of testimony that is shown to the hearing. Everybody's page plays it for itself, held to this clock.
 */
export type PlaybackView = { 
/**
 * The recording.
 */
recording: RecordingId, 
/**
 * Hex SHA-256 of its signed manifest.
 */
manifest_sha256: string, 
/**
 * Title of the hearing at which it was made.
 */
title: string, 
/**
 * How far its protocol was gone through.
 */
protocol: Protocol, 
/**
 * Its parts, one after the other.
 */
parts: Array<PlayedPart>, 
/**
 * Where it stood at `at`, in milliseconds from the beginning of the whole.
 */
position_ms: number, 
/**
 * Unix milliseconds by the server's clock.
 */
at: number, 
/**
 * It runs: at a later moment it stands by so much further on.
 */
playing: boolean, 
/**
 * Who may follow it and whose page does not say that it does; for those who may play it, and none for anybody else.
 */
unseen: Array<ParticipantId> | null, };

/**
 * What was done with a recording at a hearing at which it was played, as the court log of that hearing has it.
 */
export type PlayedAt = { 
/**
 * Which hearing.
 */
hearing: HearingId, 
/**
 * A word of the court log, such as `playback_stopped`.
 */
kind: string, 
/**
 * The text of the court log's entry: from where to where, and for whom (docs/protocol.md).
 */
what: string | null, };

/**
 * `GET /hearings/{id}/playback`: what a page needs to follow the recording that is shown to the hearing.
 */
export type PlayedNow = { 
/**
 * The recording, where it stands, and whether it runs.
 */
playback: PlaybackView, 
/**
 * Track files that the caller may have.
 */
tracks: Array<RecordedTrack>, 
/**
 * Its other track files: pictures that only the court sees, because they were kept from somebody when it was recorded.
 */
hidden: Array<string>, 
/**
 * Whose pictures these are: who is not among them had no camera, and nothing is kept.
 */
kept: Array<KeptPicture>, 
/**
 * What is missing or filled, and why; of the same tracks.
 */
gaps: Array<Gap>, 
/**
 * Where the tracks are to be had, for as long as the caller may follow.
 */
ticket: Ticket, 
/**
 * When the request came, in unix milliseconds by the server's clock.
 */
received_at: number, 
/**
 * When the answer went.
 */
sent_at: number, };

/**
 * A part of a recording: an interval on record.
 */
export type PlayedPart = { 
/**
 * Its segment.
 */
segment: number, 
/**
 * How long it is, in milliseconds.
 */
duration_ms: number, };

/**
 * An error, as RFC 9457 problem details.
 */
export type Problem = { 
/**
 * `https://oyer.example/problems/<code>`.
 */
type: string, 
/**
 * Short and the same for every occurrence.
 */
title: string, 
/**
 * HTTP status.
 */
status: number, 
/**
 * What happened here and what to do.
 */
detail: string, 
/**
 * Stable code, for programs and for the page's catalogue.
 */
code: string, };

/**
 * How far the protocol of a recording of testimony was gone through, by its court log.
 */
export type Protocol = "complete" | "left_out" | "incomplete";

/**
 * Connection quality in three steps, plain enough for a page.
 */
export type Quality = "good" | "weak" | "bad";

/**
 * `POST /requests/{id}/refuse` and `…/withdraw`
 */
export type Reason = { 
/**
 * Why.
 */
reason: string, };

/**
 * What somebody who takes part is shown of the transparency log: that a recording had come so far at that time.
 */
export type Receipt = { 
/**
 * The recording.
 */
recording: RecordingId, 
/**
 * The receipt as a file: recordings-schema/README.md, section 5.4.
 */
text: string, };

/**
 * `GET /hearings/{id}/recordings`: a sealed recording that may be asked for.
 */
export type RecordedHearing = { 
/**
 * The recording.
 */
recording: RecordingId, 
/**
 * Title of the hearing.
 */
title: string, 
/**
 * Unix milliseconds.
 */
sealed_at: number, 
/**
 * Milliseconds on record.
 */
duration_ms: number, 
/**
 * References of the orders by which parts of it are redacted; what is handed out is the redacted copy.
 */
redacted: Array<string>, };

/**
 * A track file of a recording.
 */
export type RecordedTrack = { 
/**
 * Path inside the recording.
 */
file: string, 
/**
 * Whose.
 */
participant: ParticipantId, 
/**
 * Name.
 */
name: string, 
/**
 * Role.
 */
role: Role, 
/**
 * What it shows.
 */
source: Source, 
/**
 * Codec name.
 */
codec: string, 
/**
 * Of which segment.
 */
segment: number, 
/**
 * Size.
 */
bytes: number, 
/**
 * Hex SHA-256.
 */
sha256: string, 
/**
 * Milliseconds on the segment's timeline, from its start.
 */
duration_ms: number, };

/**
 * `GET /recordings/{id}`
 */
export type Recording = { 
/**
 * As in the case file.
 */
evidence: Evidence, 
/**
 * The case.
 */
case: Case, 
/**
 * On-record intervals.
 */
segments: Array<Segment>, 
/**
 * Track files.
 */
tracks: Array<RecordedTrack>, 
/**
 * What is missing or filled, and why.
 */
gaps: Array<Gap>, 
/**
 * Court log, in order.
 */
log: Array<LogEntry>, 
/**
 * Chain of custody, in order.
 */
custody: Array<CustodyEntry>, 
/**
 * Notes that were made after the seal, in the order of their moments.
 */
annotations: Array<Annotation>, 
/**
 * Of a redacted copy: what was taken out; null for every other recording.
 */
redacted: RedactedFrom | null, 
/**
 * Fingerprint (SHA-256, hex) of the root certificate of the seal.
 */
root_fingerprint: string, };

/**
 * The condition of one recording.
 */
export type RecordingCondition = { 
/**
 * The recording.
 */
recording: RecordingId, 
/**
 * Its hearing.
 */
hearing: HearingId, 
/**
 * Title of the hearing.
 */
title: string, 
/**
 * The case.
 */
case_id: CaseId, 
/**
 * The court's own number of the case.
 */
case_reference: string, 
/**
 * When it began, in Unix milliseconds.
 */
started_at: number, 
/**
 * How far it has come.
 */
stage: SealStage, 
/**
 * What hinders its sealing.
 */
hindered: SealHindered | null, 
/**
 * The last damage that was found, mended or not.
 */
damage: Damage | null, 
/**
 * Its copy; none as long as it is not sealed, and once it was disposed of.
 */
copy: CopyCondition | null, 
/**
 * Why it is not encrypted where it lies, though it is to be.
 */
unencrypted: EncryptHindered | null, 
/**
 * True when somebody has to do something.
 */
needs_somebody: boolean, };

/**
 * A recording of a hearing: what is sealed as one.
 */
export type RecordingId = string;

/**
 * Where a recording stands. A machine of its own, apart from the hearing's.
 */
export type RecordingState = "capturing" | "closed" | "interrupted" | "sealed" | "attached" | "disposed";

/**
 * Whether the record runs, as confirmed by the writer of the bytes.
 */
export type RecordingStatus = "off" | "starting" | "nothing_to_record" | "recording" | "failing";

/**
 * A redacted copy of a recording: a sealed recording of its own.
 */
export type RedactedCopy = { 
/**
 * The recording that it is.
 */
recording: RecordingId, 
/**
 * Numbers of the orders that it carries out.
 */
orders: number[], 
/**
 * Unix milliseconds.
 */
made_at: number, 
/**
 * True for the one that is handed out: it carries out exactly the orders in force.
 */
current: boolean, };

/**
 * Of a redacted copy: what it was made from, and what was taken out.
 */
export type RedactedFrom = { 
/**
 * The recording that it was made from.
 */
recording: RecordingId, 
/**
 * Hex SHA-256 of its signed manifest.
 */
manifest_sha256: string, 
/**
 * The orders that it carries out.
 */
orders: Array<CarriedOut>, 
/**
 * Whoever is named in an interval.
 */
people: Array<RedactedPerson>, 
/**
 * How many entries of the court log were left out.
 */
log_entries_left_out: number, 
/**
 * By how many milliseconds each interval was widened on both sides.
 */
margin_ms: number, };

/**
 * An interval of a recording, and what is to be done with it.
 */
export type RedactedInterval = { 
/**
 * Of which segment, from 1.
 */
segment: number, 
/**
 * What is done.
 */
kind: RedactionKind, 
/**
 * Whose sound or picture; null for everybody's.
 */
participant: ParticipantId | null, 
/**
 * Milliseconds from the segment's start.
 */
from_ms: number, 
/**
 * Milliseconds from the segment's start; later than `from_ms`.
 */
to_ms: number, };

/**
 * Somebody whose sound or picture was taken out.
 */
export type RedactedPerson = { 
/**
 * Who.
 */
participant: ParticipantId, 
/**
 * Name, as the court writes it.
 */
name: string, };

/**
 * What is done with an interval.
 */
export type RedactionKind = "cut" | "mute" | "cover";

/**
 * An order to redact a recording. It is in force until it is lifted.
 */
export type RedactionOrder = { 
/**
 * Identifier, for lifting it.
 */
id: string, 
/**
 * What people call it.
 */
number: number, 
/**
 * The recording that it is about: this one, or another of its hearing.
 */
recording: RecordingId, 
/**
 * As the court files it.
 */
reference: string, 
/**
 * What is taken out, in order.
 */
intervals: Array<RedactedInterval>, 
/**
 * Entries of the court log that are taken out as well, by their numbers.
 */
log_entries: number[], 
/**
 * Who ordered it, and why.
 */
ordered: Decision, 
/**
 * Who lifted it; null while it is in force.
 */
lifted: Decision | null, };

/**
 * `GET /recordings/{id}/redactions`, `POST /redactions/{id}/lift`
 */
export type Redactions = { 
/**
 * Oldest first.
 */
orders: Array<RedactionOrder>, 
/**
 * Newest first.
 */
copies: Array<RedactedCopy>, 
/**
 * True while orders are in force that no copy carries out: nobody but the court is handed anything.
 */
withheld: boolean, 
/**
 * How the making of a copy stands.
 */
making: AccessCopy, 
/**
 * True when the caller may order a redaction and lift an order.
 */
may_order: boolean, };

/**
 * `POST /invitations/redeem`
 */
export type RedeemRequest = { 
/**
 * The secret of the link: what follows `#`.
 */
secret: string, };

/**
 * A release, as the person sees it whom it is for.
 */
export type Release = { 
/**
 * Number of the request.
 */
number: number, 
/**
 * In which form.
 */
form: ReleaseForm, 
/**
 * Title of the hearing.
 */
title: string, 
/**
 * The case.
 */
case_reference: string, 
/**
 * Whom it is for.
 */
released_to: string, 
/**
 * Until when it opens, in Unix milliseconds.
 */
expires_at: number, 
/**
 * Milliseconds on record.
 */
duration_ms: number, 
/**
 * Of a copy for watching: how it stands.
 */
copy: AccessCopy | null, 
/**
 * Parts were redacted by order of the court; null if none were.
 */
redacted: ReleasedRedacted | null, };

/**
 * In which form a recording is asked for and released.
 */
export type ReleaseForm = "access_copy" | "bundle";

/**
 * `POST /requests/{id}/grant` and `…/link`: the link is shown once; only its hash is kept.
 */
export type ReleaseLink = { 
/**
 * The request.
 */
request: MediaRequest, 
/**
 * Whoever has it opens the release.
 */
link: string, };

/**
 * Of what is released: that it is redacted.
 */
export type ReleasedRedacted = { 
/**
 * References of the orders.
 */
references: Array<string>, 
/**
 * False while the redacted copy is not made yet: until then the release opens nothing.
 */
ready: boolean, };

/**
 * A request for a recording; once it is granted, the release.
 */
export type RequestId = string;

/**
 * Where a request for a recording stands. A release whose time is over stays granted; it opens nothing.
 */
export type RequestState = "pending" | "granted" | "refused" | "withdrawn";

/**
 * `GET /cases/{id}/retention`: how long the recordings of a case are kept, and what stands against it.
 */
export type Retention = { 
/**
 * By which rule; null while nobody has said how the case was decided.
 */
rule: RetentionRule | null, 
/**
 * Legal holds, newest first, also those that were lifted.
 */
holds: Array<LegalHold>, 
/**
 * True while a hold is in force: nothing is disposed of.
 */
held: boolean, 
/**
 * Disposals, newest first, also those that were rejected.
 */
disposals: Array<Disposal>, };

/**
 * How a case was decided, as far as it says how long its recordings are kept.
 */
export type RetentionClass = "acquittal" | "non_custodial" | "custodial" | "life";

/**
 * By which rule the recordings of a case are kept.
 */
export type RetentionRule = { 
/**
 * How it was decided.
 */
class: RetentionClass, 
/**
 * Day of the decision, `2026-11-28`.
 */
decided_on: string, 
/**
 * Months of a custodial sentence.
 */
sentence_months: number | null, 
/**
 * Last day on which the recordings are kept, `2033-11-28`.
 */
kept_until: string, 
/**
 * True when that day is over.
 */
due: boolean, 
/**
 * Who said so.
 */
set_by: string, 
/**
 * Unix milliseconds.
 */
set_at: number, };

/**
 * In which capacity a participant takes part in a hearing.
 */
export type Role = "judge" | "panel_member" | "clerk" | "prosecutor" | "defence_counsel" | "accused" | "victim" | "witness" | "expert" | "interpreter" | "intermediary" | "remote_point_officer" | "observer" | "press" | "support_officer";

/**
 * A room of a hearing.
 */
export type Room = "waiting_room" | "hearing_room" | "consultation_room" | "retiring_room";

/**
 * What the judge says to an objection, or counsel who made it.
 */
export type Ruling = "sustained" | "overruled" | "reserved" | "withdrawn";

/**
 * Why a recording could not be sealed.
 */
export type SealFault = "disk_full" | "disk" | "key" | "database" | "files_missing" | "files_changed" | "other";

/**
 * A sealing that failed and is tried again.
 */
export type SealHindered = { 
/**
 * Since then it has failed each time, in Unix milliseconds.
 */
since: number, 
/**
 * Why, the last time.
 */
why: SealFault, 
/**
 * True when this server tries again by itself; otherwise at its next start.
 */
by_itself: boolean, };

/**
 * How far a recording has come on its way into the case file.
 */
export type SealStage = "recording" | "sealing" | "waiting" | "sealed" | "disposed";

/**
 * Who sits in which seat of the receiver's subscription.
 */
export type Seat = { 
/**
 * Index of the seat: its stream's id is `seatN`.
 */
seat: number, 
/**
 * Whom the seat shows.
 */
participant: ParticipantId, 
/**
 * Which picture the seat shows: camera or screen.
 */
source: Source, 
/**
 * True when sound goes through.
 */
audio: boolean, 
/**
 * True when the picture goes through.
 */
video: boolean, 
/**
 * True while the picture is kept back because the receiver's connection does not carry it; it comes back by itself.
 */
paused: boolean, 
/**
 * True when there is a picture that may be seen, in a codec that the receiver's connection has not negotiated: it is not
 * sent, and `video` is false.
 */
undecodable: boolean, };

/**
 * What is known of a recording's copy in the second store. By the notes of the last copying or reading; the store is not asked.
 */
export type SecondStoreCopy = { 
/**
 * `none` (no second store is configured), `waiting` (something of it is not copied yet), `kept` (all of it was written
 * there, read back and found the same), `damaged` (something of it there is damaged and could not be mended).
 */
state: string, 
/**
 * When it was last found as it should be there, in Unix milliseconds.
 */
verified_at: number | null, 
/**
 * Until then the store deletes nothing of it, in Unix milliseconds.
 */
locked_until: number | null, };

/**
 * An interval on record.
 */
export type Segment = { 
/**
 * From 1.
 */
segment: number, 
/**
 * RFC 3339.
 */
started_at: string, 
/**
 * RFC 3339.
 */
ended_at: string, 
/**
 * Milliseconds.
 */
duration_ms: number, };

/**
 * From the server to the client.
 */
export type ServerMessage = { "type": "welcome", 
/**
 * `PROTOCOL_VERSION` of the server.
 */
version: number, 
/**
 * Who the client is.
 */
you: You, 
/**
 * The hearing now.
 */
hearing: HearingView, 
/**
 * The seats now.
 */
seats: Array<Seat>, 
/**
 * The server's clock, unix milliseconds.
 */
server_time: number, } | { "type": "hearing", 
/**
 * As it is now.
 */
hearing: HearingView, } | { "type": "seats", 
/**
 * As they are now.
 */
seats: Array<Seat>, } | { "type": "speaking", 
/**
 * Loudest first.
 */
participants: Array<ParticipantId>, } | { "type": "result", 
/**
 * The id of the act.
 */
id: number, 
/**
 * None when it was done.
 */
problem: Problem | null, } | { "type": "peer_quality", 
/**
 * Whose.
 */
participant: ParticipantId, 
/**
 * How it is.
 */
quality: Quality, } | { "type": "bye", 
/**
 * Why.
 */
reason: ByeReason, };

/**
 * A session: who is in, and until when.
 */
export type Session = { 
/**
 * Bearer token for the API, WHIP, WHEP and the WebSocket. Shown once.
 */
session: string, 
/**
 * Unix milliseconds.
 */
expires_at: number, 
/**
 * Who.
 */
me: Me, };

/**
 * `PUT /cases/{id}/retention`: how the case was decided.
 */
export type SetRetention = { 
/**
 * How it was decided.
 */
class: RetentionClass, 
/**
 * Day of the decision, `2026-11-28`.
 */
decided_on: string, 
/**
 * Months of a custodial sentence; null for every other class.
 */
sentence_months: number | null, };

/**
 * How large the picture of one seat is shown, in pixels of the screen.
 */
export type ShownPicture = { 
/**
 * The seat.
 */
seat: number, 
/**
 * Width; 0 if nobody can see it now.
 */
width: number, 
/**
 * Height; 0 if nobody can see it now.
 */
height: number, };

/**
 * The origin of a track in a participant's publication.
 */
export type Source = "microphone" | "camera" | "screen";

/**
 * A step of the protocol, in its order.
 */
export type Step = "opening" | "call" | "present" | "witness_room" | "identity" | "oath" | "examination" | "closing" | "release";

/**
 * How a step of the protocol stands.
 */
export type StepState = "open" | "done" | "left_out";

/**
 * A step of the protocol.
 */
export type StepView = { 
/**
 * Which.
 */
step: Step, 
/**
 * Of an examination: by whom; none where no counsel is on the list.
 */
counsel: ParticipantId | null, 
/**
 * How it stands.
 */
state: StepState, 
/**
 * Why it is left out.
 */
reason: string | null, };

/**
 * Where a witness or expert stands.
 */
export type Testimony = "called" | "identified" | "sworn" | "affirmed" | "released";

/**
 * `POST /recordings/{id}/tickets`: a short-lived address for what a browser fetches by itself.
 */
export type Ticket = { 
/**
 * Base path: `<base>/bundle.tar`, `<base>/access.mp4`, `<base>/track/<file>`.
 */
base: string, 
/**
 * Unix milliseconds.
 */
expires_at: number, };

/**
 * `POST /recordings/{id}/verify`
 */
export type Verification = { 
/**
 * True when every proof holds.
 */
ok: boolean, 
/**
 * One line a check.
 */
checks: Array<VerificationCheck>, };

/**
 * One check of a verification.
 */
export type VerificationCheck = { 
/**
 * proved, trusted, not_checked, failed.
 */
verdict: string, 
/**
 * Which check: a stable word, such as `payload_digests` (recordings-schema/README.md, section 11).
 */
check: string, 
/**
 * What was checked, in English.
 */
what: string, 
/**
 * What was found.
 */
detail: string, 
/**
 * The file concerned.
 */
file: string | null, };

/**
 * The same, and `GET`, while it is under way.
 */
export type VerificationProgress = { 
/**
 * How much of the recording has been read: 0 to 99.
 */
percent: number, };

/**
 * Whose witness it is.
 */
export type WitnessFor = "prosecution" | "defence" | "court";

/**
 * Who the receiver of a welcome is.
 */
export type You = { 
/**
 * The participant.
 */
participant: ParticipantId, 
/**
 * Name.
 */
name: string, 
/**
 * Role.
 */
role: Role, 
/**
 * What the role may do.
 */
capabilities: Array<Capability>, };

