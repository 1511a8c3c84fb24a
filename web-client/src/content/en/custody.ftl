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
release-text = The court has released a recording to a named person by this link. Opening it, and each stretch that is played, is entered into the chain of custody.
release-open = Open the recording
release-no-link = This page opens with the link that the court gave you. Open that link again.
release-for = Released to { $name }, by request No. { $number }.
release-until = It opens until { $until }.
release-copy-text = A copy for watching: the film shows everybody, and bears the name of the person whom it is for. It proves nothing; the evidence is the sealed originals at the court.
release-bundle-text = The bundle holds the original files, the seal and the chain of custody. VERIFY.txt in it says how to verify it without the court’s server.
release-logged = What you play is entered into the chain of custody, with the time. Do not pass it on.
recordings-title = Recordings of your hearing
recordings-ask = Ask for a recording of this hearing
recordings-text = You may ask the court for a recording. It decides, and what it releases to you opens here until the day that it names.
recordings-none = There is no sealed recording of this hearing yet.
played-unsaid = { $count ->
    [one] One stretch that was played could not be entered into the chain of custody yet; it is tried again.
   *[other] { $count } stretches that were played could not be entered into the chain of custody yet; it is tried again.
 }
