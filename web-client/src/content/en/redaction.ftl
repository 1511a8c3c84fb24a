redactions-title = Redaction
redactions-sum = { $count ->
    [0] no order in force
    [one] { $count } order in force
   *[other] { $count } orders in force
 }
redactions-text = A judge may order that parts of this recording are taken out before others than the court are given it. The recording itself stays as it was sealed. From the order on, releases open the redacted copy, and nothing until that copy is made.
redactions-none = Nothing is redacted.
redactions-judge-orders = Only a judge orders a redaction.
redactions-by-order = Order { $reference }
redactions-in-force = – in force
redactions-lifted = – lifted
redactions-ordered = Ordered by { $by }, { $when }: { $reason }
redactions-lifted-by = Lifted by { $by }, { $when }: { $reason }
redactions-is-cut = Part { $segment }, { $from }–{ $to }: cut, sound and picture of everybody
redactions-is-mute = Part { $segment }, { $from }–{ $to }: sound of { $name }
redactions-is-mute-all = Part { $segment }, { $from }–{ $to }: everybody’s sound
redactions-is-cover = Part { $segment }, { $from }–{ $to }: picture of { $name }
redactions-is-cover-all = Part { $segment }, { $from }–{ $to }: everybody’s pictures
redactions-lift = Lift this order
redactions-lift-text = What it took out may be given to others again. Copies that were made stay sealed.
redactions-lift-now = Lift the order
redactions-withheld = No redacted copy carries out the orders in force yet. Until one is made, nobody but the court is given this recording.
redactions-make = Make the redacted copy
redactions-making = The redacted copy is being made: { $percent } %
redactions-failed = The redacted copy could not be made: { $detail }
redactions-copy = Redacted copy of { $when }
redactions-copy-current = – this one is given out
redactions-copy-old = – no longer given out: other orders are in force
redactions-order = Order a redaction
redactions-order-text = In force at once: who has a release of this recording is cut off from it. What was downloaded before stays with whoever has it. It binds the other recordings of this hearing as well, where they have any of it: each has the court log of the whole hearing so far.
redactions-order-now = Order the redaction
redactions-interval = What is taken out
redactions-kind = How
redactions-kind-mute = Take out the sound
redactions-kind-cover = Cover the picture
redactions-kind-cut = Cut both, for everybody
redactions-of = Of
redactions-of-all = everybody
redactions-from = From
redactions-to = To
redactions-here = Take the moment of the player
redactions-time-hint = Minutes, seconds and parts of a second of the part, such as 4:07.5. A fifth of a second more is taken out on both sides. A cut leaves a plain card of the same length, so that all times stay as they are.
redactions-add = Add to the order
redactions-added = { $count ->
    [one] { $count } entry is in the order
   *[other] { $count } entries are in the order
 }
redactions-log-choose = { $count ->
    [0] Take entries out of the court log
    [one] Take entries out of the court log: { $count } chosen
   *[other] Take entries out of the court log: { $count } chosen
 }
redactions-log-legend = Entries of the court log that are taken out
redactions-log-hint = For what was written down outside the intervals above, such as an address in a note. What lies in an interval is taken out without being chosen. Times of day: { $zone }.
redactions-log-full = An order names { $count } entries at most.
redactions-log-place = No. { $seq }, { $time }
redactions-log-place-on-record = No. { $seq }, { $time }, part { $segment } at { $at }
redactions-log-by-interval = – lies in an interval
redactions-log-frame = – stays, without its text: it says when the record ran
redactions-log-left-out = { $count ->
    [one] The order as it stands takes { $count } entry out of the court log:
   *[other] The order as it stands takes { $count } entries out of the court log:
 }
redactions-log-entries = Also taken out of the court log, by number: { $numbers }
redactions-about-other = This order is about another recording of the hearing.
redactions-remove = Remove
redactions-fault-time = Give both moments, such as 4:07.5.
redactions-fault-order = The end must come after the beginning.
redactions-fault-outside = The part is not as long as that.
redactions-fault-none = Add at least one entry to the order.
redactions-reference = Reference of the order
redactions-reason-hint = Reference and reason stand word for word in the redacted copy, and everybody who is given it reads them: name nothing in them that is to be hidden.
redacted-title = This is a redacted copy
redacted-text = By order of the court, parts of the recording were taken out of it: at least what is listed here, and { $margin } s on both sides. What is cut is replaced by a plain card of the same length. The copy is sealed as a recording of its own.
redacted-ordered = by { $by }: { $reason }
redacted-log = { $count ->
    [0] Nothing of the court log was left out.
    [one] { $count } entry of the court log was left out.
   *[other] { $count } entries of the court log were left out.
 }
redacted-original = The recording that it was made from
evidence-redacted = Redacted copy
release-redacted = Parts of this recording were redacted by order of the court: { $references }.
release-withheld = The redacted copy is not ready yet. Open the release again later.
custody-redaction-ordered = Redaction ordered
custody-redaction-lifted = Order to redact lifted
custody-redacted = Redacted copy made
custody-derived = Made from another recording, as a redacted copy
problem-bad-redaction = This cannot be ordered. Each entry lies inside one part, ends after it begins, and is of somebody whose sound or picture is in it.
problem-redaction-pending = The court has ordered that parts of this recording are redacted. The redacted copy is not ready yet. Ask the court.
proof-derived = Redacted copy
found-derived-proved = It is a redacted copy: its films are as they were sealed, and its court log says nothing of what was taken out.
found-derived-trusted = On whose order parts were taken out rests on the word of the court.
found-derived-not-checked = The recording that it was made from is not in this bundle.
found-derived-failed = It is not the redacted copy that it says it is.
redacted-film = The film that was sealed as the redacted copy, all parts one after another.
redacted-download = The bundle holds the redacted film, the seal, what is left of the court log and the chain of custody, and nothing of the original. Whoever receives it can verify it without this server. The download is entered into the chain of custody.
