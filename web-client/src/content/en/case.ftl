cases-title = Cases
cases-none = There are no cases yet.
case-new = New case
case-reference = Reference
case-title = Title
case-create = Create the case
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
hearing-people = People and links
person-name = Name
person-role = Role
person-add = Add the person
invite-days = How long the link for { $name } opens
invite-days-option = { $count ->
    [one] { $count } day
   *[other] { $count } days
 }
invite-make = Make a link
invite-once = The link is shown only now. It opens until { $until }.
invite-link = Link for { $name }
invite-copy = Copy
invite-copied = Copied
invite-revoke = Revoke
invite-revoked = The link was revoked and opens nothing.

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
player-gap = No picture was recorded at this moment
player-error = This track cannot be played here

seal-title = Seal
seal-proves = The seal proves that every file is exactly as it was when the recording was closed: one changed bit in any of them breaks it. It names the moment of sealing and the certificate of this court’s server.
seal-not = It does not prove that what was said is true, nor who stood before a camera. The court log and the gaps below tell what happened and what is missing.
seal-interrupted = A failure cut this recording off. It was sealed as it was found, and says so.
seal-when = Sealed
seal-manifest = SHA-256 of the signed list of files
seal-root = Fingerprint of the root certificate (SHA-256)
seal-compare = Compare the fingerprint with the one that the court published elsewhere. Only then does the seal prove who made it.

verify-title = Verify
verify-text = Computes every hash anew and checks the signature, here on the server. To depend on nobody, download the bundle and verify it on your own device: VERIFY.txt in it says how.
verify-now = Verify now
verify-busy = Verifying
verify-ok = Every proof holds.
verify-failed = At least one proof does not hold.
verdict-proved = Proved
verdict-trusted = Trusted
verdict-not-checked = Not checked
verdict-failed = Failed

download-title = Hand out
download-text = The bundle holds the original files, the seal, the court log, the gaps and the chain of custody. Whoever receives it can verify it without this server. The download is entered into the chain of custody.
download-now = Download the bundle

access-title = Copy for watching
access-text = One film with everybody in one picture, made from the originals. It is convenient and proves nothing: the evidence is the originals.
access-make = Make the copy
access-running = Making the copy: { $percent } %
access-failed = The copy could not be made. { $detail }

log-title = Court log
log-none = The log is empty.
log-by = by { $name }
log-play = Play from { $at }
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
log-interrupted = Interrupted by a failure
log-record-failed = The record failed

gaps-title = Gaps
gaps-none = Nothing is missing.
gaps-text = Here is every stretch in which a track holds no recorded sound or picture, with its cause. Silence that was filled in is listed too.
gaps-span = Part { $segment }, { $from }–{ $to }
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
gap-not-started = not yet there
gap-ended = no longer there

tracks-title = Files
custody-title = Chain of custody
custody-text = Who did what with this recording. Each entry carries the hash of the one before, so that none can be changed or left out unseen.
custody-recorded = Recorded
custody-sealed = Sealed
custody-attached = Put into the case file
custody-viewed = Viewed
custody-verified = Verified
custody-exported = Handed out
custody-access-copy = Copy for watching made
