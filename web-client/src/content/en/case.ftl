cases-title = Cases
cases-none = There are no cases yet.
cases-older = Show older cases
case-caption = Case { $reference }
case-problem = The case cannot be shown
case-evidence = Electronic evidence
case-evidence-none = There are no sealed recordings yet. A recording appears here when its hearing has been closed.
case-hearings = Hearings
case-hearings-none = There are no hearings yet.
evidence-sealed = sealed { $when }
evidence-length = { $length } on the record
evidence-interrupted = A failure cut this recording off. It was sealed as it was found.
hearing-new = New hearing
hearing-name = Title
hearing-when = Date and time
hearing-create = List the hearing
hearing-created = Listed: { $title }, { $when }.
hearing-people = People and links
person-name = Name
person-role = Role
person-add = Add the person
invite-days = Until when the link for { $name } opens
invite-days-option = { $count ->
    [one] Until { $count } day after the hearing
   *[other] Until { $count } days after the hearing
 }
invite-days-option-now = { $count ->
    [one] For { $count } day from now
   *[other] For { $count } days from now
 }
invite-until = It will open until { $until }.
invite-none = No link opens for this person.
invite-over-hearing = Nobody can enter this hearing any more, so no links are made and nobody is added.
invite-removed = Removed from the hearing: no link opens for this person until the court lets them come back.
invite-expires-removed = would open until { $until }
invite-over = { $count ->
    [one] { $count } link that opens nothing any more
   *[other] { $count } links that open nothing any more
 }
invite-state-unused = Not opened yet
invite-state-used = Opened
invite-state-expired = Expired
invite-state-revoked = Revoked
invite-expires = opens until { $until }
invite-expired = was to open until { $until }
invite-redeemed = · last opened { $when }
invite-revoke-title = Revoke the link of { $name }?
invite-revoke-text = This link was opened. Whoever came by it is put out of the hearing at once, and it opens nothing any more.
invite-make = Make a link
invite-once = Copy the link now: it is shown only once. It opens until { $until }.
invite-link = Link for { $name }
invite-copy = Copy
invite-copied = Copied
invite-copied-told = The link is copied.
invite-copy-refused = The browser did not let the page copy the link. It is marked in the field: copy it from there.
invite-revoke = Revoke

recording-problem = The recording cannot be shown
recording-page-title = Recording: { $title }
player-title = Player
player-nothing = Nothing was recorded.
player-segment = Part on the record
player-segment-option = Part { $number } ({ $length })
player-tracks = Recorded people
player-no-picture = No picture was recorded
player-no-sound = No sound was recorded
player-sound = Sound
player-play = Play
player-pause = Pause
player-back = Back 10 s
player-forward = Forward 10 s
player-speed = Speed
player-position = Position
player-position-text = { $at } of { $length }
player-loading = Loading
player-went-on = Went on to part { $number }.
player-picture-blank = No picture was recorded at this moment
player-picture-failed = The picture cannot be fetched from the server just now
player-picture-unplayable = This picture cannot be played in this browser
player-sound-failed = The sound cannot be fetched from the server just now.
player-sound-unplayable = This sound cannot be played in this browser.
player-missing = Not everything that was recorded is played just now. This is missing:

timeline-lanes = Who spoke, and what is missing
timeline-speaking = Speaking: { $names }
timeline-nobody = Nobody is noted as speaking
timeline-missing = Missing just now: { $what }
timeline-gap = { $what } ({ $cause })
timeline-gaps = { $source ->
    [microphone] Sound
    [camera] Picture
   *[screen] Screen
 } missing: { $cause }, { $total }
timeline-lane = { $count ->
    [one] { $name } spoke { $count } time. Go to the next time.
   *[other] { $name } spoke { $count } times. Go to the next time.
 }
timeline-spoke = spoke
timeline-no-picture = picture missing
timeline-no-sound = sound missing
timeline-markers = Markers
timeline-keys = Press a line to go to that moment. On a keyboard, the left and right arrow keys go to the previous and the next time that the person spoke.
captions-title = From the court log, just now
captions-switch = Show the court log below the picture

sealed-same = What you see and hear is what was sealed
sealed-count = Compared and as it was sealed: { $same } of { $total } pieces of about two seconds ({ $percent } %), each before it is shown.
sealed-begins = The comparison with the seal is about to begin
sealed-begins-text = Each piece of about two seconds is compared with what was sealed before it is shown. Nothing has been compared yet.
sealed-coming = The list of what was sealed is still coming
sealed-coming-text = Each piece is compared with this list before it is shown, so nothing plays until the list is here. You can wait, or play at once: then what you see first is not compared.
sealed-arrived = So far { $came } of the list have come.
sealed-arrived-of = { $came } of { $total } of the list have come.
sealed-go-on = Play without waiting
sealed-unwaited = What plays now is not compared with the seal
sealed-unwaited-text = You did not wait for the list of what was sealed. Once it is here, what plays from then on is compared. “Verify” compares everything.
sealed-partly = Not all that is shown here was compared with the seal
sealed-before = Some of it was loaded before the sealed list was here. Load the page anew to have everything compared.
sealed-outside = Of these files something lies in no sealed piece, as after a failure that cut them off. “Verify now” below checks the files as a whole:
sealed-no-digest = Not checked here
sealed-no-digest-text = This browser compares nothing with the seal, because the page was not opened by a secure address (https). Press “Verify now” below, or verify the bundle on your own device.
sealed-too-long = Not checked here
sealed-too-long-text = The recording is too long to be compared while it plays. Press “Verify now” below, or verify the bundle on your own device.
sealed-unreachable = Not checked just now
sealed-unreachable-text = The sealed list cannot be fetched from the server, so that what is shown is not compared with it.
sealed-rests-title = What this rests on
sealed-rests = The page computes the hash of each piece of sound and picture and looks it up in the list that was written during the hearing. That list is the one that the seal names.
sealed-rests-not = It is this court’s server that tells the page what was sealed; the signature is not checked here. For a proof that needs no trust in the server, download the bundle and run “oyer verify” on your own device.
sealed-alarm = Part of this is not what was sealed
sealed-alarm-text = Sound or picture differs from what was sealed, here:
sealed-alarm-list = What was sealed cannot be told here
sealed-alarm-list-text = The list with which sound and picture are compared is not the one that was sealed. Nothing that plays here is checked.
sealed-alarm-more = There are more; only the first are listed.
sealed-alarm-do = Do not rely on it. Change and delete nothing on the server. Press “Verify now” below, note what it says and the time, and tell whoever is responsible for the court’s records. A bundle that was handed out earlier can show what was sealed.
sealed-differs = { $what }, part { $part }: from { $from } to { $to }.
sealed-differs-unknown = { $what }, part { $part }: at a moment that is not known.
sealed-tile = Not as it was sealed

seal-title = Seal
seal-proves = The seal proves that every file is exactly as it was when the recording was closed: one changed bit in any of them breaks it. It names the moment of sealing and the certificate of this court’s server.
seal-not = It does not prove that what was said is true, nor who stood before a camera. The court log and the list of gaps on this page tell what happened and what is missing.
seal-interrupted = A failure cut this recording off. It was sealed as it was found, and says so.
seal-stopped = The server was stopped while the sitting was in session. That ended this recording, in good order; no act of the court did.
seal-when = Sealed
seal-manifest = SHA-256 of the signed list of files
seal-root = Fingerprint of the root certificate (SHA-256)
seal-compare = Compare the fingerprint with the one that the court published elsewhere. Only then does the seal prove who made it.

verify-title = Verify
verify-text = Computes every hash anew and checks the signature, here on the server. To depend on nobody, download the bundle and verify it on your own device: VERIFY.txt in it says how.
verify-now = Verify now
verify-page = Download the page that verifies without this server (works offline)
verify-busy = Verifying
verify-running = Read so far: { $percent } %. All of the recording is read; you may leave this page, and the outcome is entered in the chain of custody.
verify-ok = Nothing that was checked failed. The list says what is proved, what rests on trust, and what was not checked.
verify-failed = At least one proof does not hold.
verify-all = { $count ->
    [one] { $count } check, one by one
   *[other] { $count } checks, one by one
 }
verify-detail = In the program’s own words (English)
verdict-proved = Proved
verdict-trusted = Trusted
verdict-not-checked = Not checked
verdict-missing = Missing
verdict-failed = Failed

download-title = Hand out
download-text = The bundle holds the original files, the seal, the court log, the gaps and the chain of custody. Whoever receives it can verify it without this server. The download is entered into the chain of custody.
download-now = Download the bundle

access-title = Copy for watching
access-text = One film with everybody in one picture, made from the originals. It is convenient and proves nothing: the evidence is the originals.
access-make = Make the copy
access-running = Making the copy: { $percent } %
access-failed = The copy could not be made. { $detail }
access-refused = The copy cannot be fetched from the server just now.

log-title = Court log
log-none = The log is empty.
log-by = by { $name }
log-sum = { $count ->
    [one] { $count } entry
   *[other] { $count } entries
 }
log-part = Part { $segment }
log-off = Off the record
log-play = Play from { $at }
log-not-here = This part is not in this recording, and cannot be played here.
log-elsewhere = This part is in another recording of this hearing.
log-elsewhere-open = Open the recording with part { $segment }
log-opened = Rooms opened
log-began = Hearing begun
log-entered = Came in
log-admitted = Admitted
log-left = Left
log-sent-to-waiting = Sent to the waiting room
log-dismissed = Dismissed
log-removed = Removed
log-returned = Returned to the hearing room
log-to-consultation = To a private consultation
log-retired = Retired
log-muted = Silenced
log-unmuted = Allowed to speak again
log-screened = Picture kept from
log-unscreened = Picture shown to everyone again
log-called = Called
log-identified = Identity checked
log-sworn = Sworn
log-affirmed = Affirmed
log-released = Released
log-on-record = On the record
log-off-record = Off the record
log-paused = Paused
log-suspended = Suspended
log-resumed = Resumed
log-adjourned = Adjourned
log-closed = Hearing closed
log-in-camera = Closed to the public
log-in-public = Open to the public
log-marker = Marker
log-disconnected = Connection lost
log-reconnected = Connection back
log-link-declined = A link was opened by somebody who said that it is not theirs
log-seat-taken-over = Came in again from another device or page, while connected
log-interrupted = Interrupted by a failure
log-record-failed = The record failed
log-record-restored = The record goes on

annotations-title = Notes
annotations-sum = { $count ->
    [0] no notes
    [one] { $count } note
   *[other] { $count } notes
}
annotations-text = Made after the recording was sealed; the sealed recording does not change. Each note is an entry of the chain of custody, with your name: it cannot be changed or removed, and goes with every bundle that is handed out. If a note is wrong, make another.
annotations-by = – { $by }, { $when }, part { $segment }
annotations-new = New note
annotations-where = It is put at the moment at which the player stands when you begin to write.
annotations-at = At { $at } of part { $segment }
annotations-save = Add the note
annotations-saved = The note is entered at { $at } of part { $segment }.

speech-title = Who spoke, when
speech-none = The court log notes nobody as speaking.
speech-people = { $count ->
    [one] { $count } person
   *[other] { $count } people
 }
speech-text = Measured from the loudness of each recorded microphone, to about a third of a second. Pauses under two seconds are counted in; a very short word may be missing, and noise may be taken for speech. It tells whose microphone was heard, not who sat before it.
speech-sum = { $count ->
    [one] { $count } time, { $total }
   *[other] { $count } times, { $total }
 }
speech-open = Part { $segment }, from { $from }; a failure cut the log off before it ended, and it is not in the sum

gaps-title = Gaps
gaps-none = Nothing is missing.
gaps-count = { $count ->
    [one] { $count } gap
   *[other] { $count } gaps
 }
gaps-text = Here is all that is missing, by person and cause; open a line to see each gap. Silence that was filled in is counted too. Where a source went on in a further file nothing is missing, and nothing is counted.
gaps-span = Part { $segment }, { $from }–{ $to }
gaps-sum = { $count ->
    [one] { $count } gap, { $total } in all
   *[other] { $count } gaps, { $total } in all
 }
gaps-track = { $source ->
    [microphone] Sound
    [camera] Picture
   *[screen] Screen
 } of { $name }
gap-muted = switched off
gap-lost = lost on the network
gap-stalled = nothing arrived from the sender
gap-outage = failure on our side
gap-late-key-frame = waiting for the first whole picture
gap-not-started = not recorded yet
gap-ended = no longer there

tracks-title = Files
tracks-sum = { $count ->
    [one] { $count } file with its hash
   *[other] { $count } files with their hashes
 }
custody-title = Chain of custody
custody-sum = { $count ->
    [one] { $count } act
   *[other] { $count } acts
 }
custody-text = Who did what with this recording. Each entry carries the hash of the one before, so that none can be changed or left out unseen.
custody-recorded = Recorded
custody-sealed = Sealed
custody-attached = Put into the case file
custody-time-stamped = Time-stamped
custody-logged = Entered in the public log
custody-resealed = Resealed
custody-annotated = Note made
custody-viewed = Viewed
custody-verified = Verified
custody-exported = Handed out
custody-access-copy = Copy for watching made
custody-enclosed = Encrypted where it is kept
custody-repaired = Damaged files were put back from the other store
custody-copy-removed = Deleted from the second store
custody-media-requested = Asked for
custody-request-refused = Request refused
custody-released = Released
custody-release-withdrawn = Release withdrawn
custody-played = Played
custody-retention-set = Rule of retention set
custody-held = Put under legal hold
custody-hold-lifted = Legal hold lifted
custody-disposal-proposed = Disposal proposed
custody-disposal-decided = Disposal decided
custody-disposed = Disposed of
custody-about-part = part { $part }, from { $from } to { $to }
custody-about-span = from { $from } to { $to }
custody-about-to = to { $name }
custody-playback-asked-for = Asked to be shown
custody-at-hearing = At the hearing “{ $title }”, listed for { $when }
custody-at-hearing-unknown = At the hearing { $id }
custody-by-browsers = Who saw it is what their browsers reported.
custody-state-open = begun; no end was entered
custody-state-succeeded = done
custody-state-failed = not done
custody-state-unknown = not known: it broke off when the server stopped
custody-verified-open = begun; no end was entered
custody-verified-succeeded = every proof held
custody-verified-failed = a proof did not hold
custody-verified-unknown = broke off; it proves nothing

proof-names = File names
proof-bag = Form of the bundle
proof-manifest = List of sealed files
proof-seal = Signature of the seal
proof-signer = Who sealed
proof-signing-time = Time of the seal
proof-payload-complete = No file missing or added
proof-payload-digests = Every file as it was sealed
proof-seal-document = Seal document
proof-tracks = Tracks
proof-fragments = Fragments
proof-gaps = Declared gaps
proof-court-log = Court log
proof-tag-files = Files beside the recording
proof-custody = Chain of custody
proof-previous = Earlier recording
proof-time-stamp = Time-stamp of the seal
proof-independent-time = Time from elsewhere
proof-transparency-log = The court’s public log
proof-cosigners = Cosigners of the log
proof-receipt = Receipt from the hearing
proof-disposal = Certificate of disposal
proof-reseal = Proofs of later years
proof-lasting = Oldest and newest proof
proof-revocation = Revoked certificates
proof-content = What is seen and heard
found-names-proved = Every name is sound, and no link leads elsewhere.
found-bag-proved = The recording has the form that it should have, and no part of it is missing.
found-manifest-proved = The list of sealed files can be read and names each file once.
found-disposal-proved = The certificate is signed and time-stamped, and it fits the list of files that was sealed.
found-disposal-trusted = Who decided, and that the files were deleted, is the word of the court.
found-seal-proved = The signature holds: the list of files has not been changed since the sealing.
found-seal-failed = The signature does not hold: the list of files was changed, or somebody else signed it.
found-signer-trusted = The seal was made with this court’s key. Compare the fingerprint to be sure of it.
found-signer-not-checked = Whose key made the seal was not checked. Compare the fingerprint with the one that the court published elsewhere.
found-signer-failed = The seal was not made with a key of this court.
found-signing-time-trusted = The time of the seal is that of the court’s own clock.
found-signing-time-failed = The seal bears a time that has not come yet.
found-payload-complete-proved = Every file that was sealed is there, and no other.
found-payload-complete-failed = A file that was sealed is missing, or a file was added afterwards.
found-payload-digests-proved = Every file is exactly as it was sealed, to the last bit.
found-payload-digests-failed = A file is not as it was sealed: somebody changed it, or it was damaged.
found-seal-document-proved = The seal document fits the files.
found-tracks-proved = Every track that the seal names is there, with the length that it states.
found-tracks-not-checked = A file is as it was sealed; what it means is not told by this format.
found-fragments-proved = Every piece is as it was when it was written, in the order in which it was written.
found-gaps-proved = The list of gaps is whole and fits the tracks.
found-court-log-proved = The court log is whole and in order.
found-tag-files-proved = The files beside the recording are as they were handed out.
found-custody-proved = Each entry carries the hash of the one before; none was changed or left out.
found-custody-trusted = That every act was entered rests on the word of the court.
found-custody-not-checked = The chain of custody comes with the bundle that is handed out, and is checked there.
found-custody-failed = The chain is broken: an entry was changed, left out or put in, or it is about another recording.
found-previous-not-checked = This recording continues an earlier one. Verify that one as well.
found-time-stamp-proved = The time-stamp holds: the seal existed at that time.
found-time-stamp-failed = The time-stamp does not hold: it is not over this seal, or its time cannot be true.
found-time-stamp-not-checked = There is no time-stamp. The time of the seal is the court’s word.
found-independent-time-trusted = An authority outside the court, which you trust, has confirmed the time.
found-independent-time-not-checked = Nobody outside the court whom you have chosen to trust has confirmed the time.
found-transparency-log-proved = The seal is in the court’s public log.
found-transparency-log-failed = The proof that the seal is in the court’s public log does not hold.
found-transparency-log-not-checked = Whether the seal is in the court’s public log was not checked.
found-cosigners-trusted = Cosigners of the court’s log saw it, and no other past of it.
found-cosigners-failed = A cosigner’s signature on the log does not hold.
found-cosigners-not-checked = Whether anybody outside the court watches over the log was not checked.
found-receipt-proved = The receipt fits: this is the recording that its holder was shown at the hearing, up to that moment.
found-receipt-failed = The receipt does not fit: this is not the recording that its holder was shown at the hearing.
found-receipt-not-checked = Whether the court’s log signed the receipt was not checked.
found-reseal-proved = Proofs that were added later hold: what they cover is as it was then.
found-reseal-trusted = It was added by somebody whom you trust, or stamped by an authority that you trust.
found-reseal-not-checked = Whose word a later proof is was not checked.
found-reseal-failed = A proof that was added later does not hold: it was changed or left out, or what it covers was changed.
found-lasting-trusted = Each proof came before the certificate of the one before it ran out.
found-lasting-not-checked = Certificates have run out, or the newest time is not of an authority that you trust: the detail says which.
found-revocation-not-checked = Whether a certificate was revoked only the court can say.
found-content-not-checked = Unchanged bytes say nothing of who is seen and whether what is said is true.
found-any-failed = This does not hold. Do not rely on the recording before it is known why.
