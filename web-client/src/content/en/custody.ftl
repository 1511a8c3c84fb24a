reason-label = Reason
requests-title = Requests and releases
requests-sum = { $count ->
    [0] nobody has asked
    [one] { $count } request
   *[other] { $count } requests
 }{ $pending ->
    [0] {""}
   *[other] , { $pending } to decide
 }
requests-text = Who asked for this recording, and what was released to whom. Each request, decision and playback is entered into the chain of custody; the reasons stay here in the case file.
requests-none = Nobody has asked for this recording.
request-number = Request No. { $number }
request-form = What is asked for
request-form-access-copy = Copy for watching, marked with the name
request-form-bundle = Sealed bundle: the originals with the seal
request-to = For
request-by = Asked by
request-reason = Reason
request-decision = Decision
request-withdrawal = Withdrawn
request-opens-until = Opens until
request-opened-until = Opened until
request-state-pending = waits for a decision
request-state-granted = released
request-state-refused = refused
request-state-withdrawn = withdrawn
request-state-over = time is over
request-name = Name of the person it is for
request-grant = Grant
request-grant-text = The recording is released to { $name }, and to nobody else. You get a link to give to that person.
request-grant-now = Release it
request-days = How long it opens
request-days-option = { $count ->
    [one] { $count } day
   *[other] { $count } days
 }
request-refuse = Refuse
request-refuse-now = Refuse the request
request-enter = Enter a request for somebody
request-enter-text = For a request that came by letter or by telephone. It waits for a decision like any other.
request-enter-now = Enter the request
request-ask = Ask for this recording
request-ask-text = The court decides about it and gives its reason. You see the decision here.
request-ask-now = Send the request
release-link-make = Make a new link
release-link-hint = A new link ends the one before.
release-link-once = Copy the link now and give it to { $name } by a safe way: it is shown only once, and whoever has it can open the release.
release-link-close = I have copied it
release-copy-done = The marked copy is ready.
release-copy-none = The marked copy is made when the release is opened.
release-withdraw = Withdraw
release-withdraw-text = Link and copy open nothing any more, at once, also where somebody is watching now. What was downloaded before stays with whoever has it.
release-withdraw-now = Withdraw the release
release-title = A recording that the court has released
release-text = The court has released a recording to the person to whom it gave this link. The court keeps a record of when it is opened and of what is played of it.
release-open = Open the recording
release-no-link = This page opens with the link that the court gave you. Open that link again.
release-for = Released to { $name }, by request No. { $number }.
release-until = It opens until { $until }.
release-copy-text = A copy for watching: the film shows everybody, and bears the name of the person whom it is for. The evidence itself is the sealed originals at the court.
release-bundle-text = The bundle holds the original files, the seal and the chain of custody. VERIFY.txt in it says how to verify it without the court’s server.
release-logged = The court keeps a record of what you play, and when. Do not pass the recording on.
recordings-title = Recordings of your hearing
recordings-ask = Ask for a recording of this hearing
recordings-text = You may ask the court for a recording. It decides, and what it releases to you opens here until the day that it names.
recordings-none = There is no sealed recording of this hearing yet.
played-unsaid = { $count ->
    [one] One stretch that was played could not be entered into the chain of custody yet; it is tried again.
   *[other] { $count } stretches that were played could not be entered into the chain of custody yet; it is tried again.
 }

decision-text = { $by }, { $when }: { $reason }
retention-title = How long the recordings are kept
retention-none = Nobody has said how the case was decided. Until then its recordings are kept.
retention-rule = { $class }, decided on { $decided }: kept until { $until }.
retention-sentence = Sentence: { $count ->
    [one] { $count } month.
   *[other] { $count } months.
 }
retention-set-by = Set by { $by }, { $when }
retention-held = Under a legal hold: nothing is destroyed, also what is approved.
retention-due = This time is over. A recording may be destroyed if one person proposes it and another approves it.
retention-set = Set how the case was decided
retention-set-now = Set
retention-class = Decision
retention-class-acquittal = Acquittal
retention-class-non-custodial = Sentence without custody
retention-class-custodial = Sentence of custody
retention-class-life = Sentence for life
retention-day = Day of the decision
retention-months = Length of the sentence in months
hold-number = Legal hold { $number }
hold-in-force = in force
hold-lifted = lifted
hold-lifted-by = Lifted: { $text }
hold-lift = Lift the hold
hold-lift-now = Lift it
hold-set = Put the case under a legal hold
hold-set-text = No recording of this case is destroyed until every hold is lifted.
hold-set-now = Set the hold
disposal-proposed = to be destroyed, waits for a second person
disposal-approved = approved, not destroyed yet
disposal-rejected = not destroyed: the proposal was rejected
disposal-carrying-out = is being destroyed; not ended
disposal-done = destroyed
disposal-proposed-by = Proposed: { $text }
disposal-decided-by = Decided: { $text }
disposal-done-at = Destroyed { $when }
disposal-own = You have proposed this: another person has to approve it.
disposal-propose = Propose to destroy: { $name }
disposal-propose-text = Nothing is destroyed by this. A second person has to approve it.
disposal-propose-now = Propose it
disposal-approve = Approve
disposal-approve-text = Nothing is destroyed yet: after the approval it can be carried out, and until then rejected or stopped by a legal hold.
disposal-approve-now = Approve it
disposal-reject = Reject
disposal-reject-now = Reject it
disposal-carry-out = Destroy now
disposal-carry-out-title = Destroy { $name }?
disposal-carry-out-text = The files of the recording and all copies on this server are deleted. There is no way back. A signed certificate and the chain of custody stay. Backups and copies that were handed out are not touched by this.
disposal-carry-out-now = Destroy the recording
disposed-text = The court has destroyed this recording, as its rules provide: its files were deleted from the server by { $when }.
disposed-kept-until = It had to be kept until
disposed-proposed-by = Proposed by
disposed-approved-by = Approved by
disposed-was = What was destroyed
disposed-files = { $count ->
    [one] { $count } file, { $bytes }
   *[other] { $count } files, { $bytes }
 }
disposed-second = Its copy in the second store
disposed-second-deleted = Deleted as well
disposed-second-locked = When the certificate was signed, not deleted yet: that store keeps it locked until { $until }, and it is deleted afterwards. The chain of custody says when.
disposed-second-not-deleted = When the certificate was signed, not deleted yet: that store did not answer or refused. It is tried again; the chain of custody says when it was done.
disposed-certificate = SHA-256 of the certificate
disposed-verify = The certificate says what was destroyed, by which rule, and who decided it. It is signed and time-stamped; “oyer verify” verifies it, with the chain of custody, without this server. It says nothing of backups, nor of copies that were handed out.
disposed-download = Download the certificate
disposed-download-pdf = Certificate to read and print (PDF)
