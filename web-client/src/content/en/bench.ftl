bench-title = The bench
bench-sitting = Sitting
bench-more = Other acts
bench-stale = No connection: what stands here was so when the connection was lost. Nothing can be done until it is back.
bench-warnings = Warnings
warning-link-declined = { $time }: the link of { $name } was opened by somebody who says that they are not { $name }. The clerk can withdraw the link and make a new one.
warning-seat-taken-over = { $time }: { $name } came in again from another device or page; the page that was there before was put out. Make sure that it is { $name }.
bench-open = Open the rooms
bench-begin = Begin the hearing
bench-on-record = Go on the record
bench-off-record = Go off the record
bench-pause = Pause
bench-resume-on-record = Resume on the record
bench-resume-off-record = Resume off the record
bench-retire = Retire to deliberate
bench-return = Return to the hearing room
bench-in-camera = Close to the public
bench-in-public = Open to the public
bench-end = Suspend, adjourn or close
bench-suspend = Suspend
bench-adjourn = Adjourn
bench-close = Close the hearing
bench-marker = Marker in the court log
bench-mark = Set
bench-record-off = In the hearing room: off the record
bench-record-starting = In the hearing room: the record is starting
bench-record-nothing-to-record = In the hearing room: nothing to record yet
bench-record-recording = In the hearing room: on the record
bench-record-unknown = In the hearing room: not known whether it is recorded
bench-record-failing = In the hearing room: the record is failing

suspend-title = Suspend for a technical reason?
suspend-text = Nobody is seen or heard until you resume. A record that runs stops, and goes on again when you resume on the record. The reason goes into the court log.
suspend-confirm = Suspend
adjourn-title = Adjourn the hearing?
adjourn-text = The sitting ends for now. The reason goes into the court log; those who take part in the hearing are told it. Whoever waits learns only when it goes on.
adjourn-confirm = Adjourn
adjourn-next = Next date
adjourn-next-hint = If it is known.
close-title = Close the hearing for good?
close-text = The hearing ends for everybody. The recording is sealed, and nothing can be added to it afterwards.
close-confirm = Close and seal

people-waiting = Waiting
people-waiting-none = Nobody is waiting.
people-here = In the hearing room
people-here-none = Nobody is in the room.
people-apart = In other rooms
people-apart-none = Nobody is in another room.
people-absent = Not here yet
people-absent-none = Everybody has come.
people-gone = Dismissed or removed
people-gone-none = Nobody.
person-admit = Admit
person-call = Call
person-identify = Identity checked
person-oath = Oath taken
person-affirm = Affirmed
person-release = Release and let go
person-mute = Silence
person-unmute = Let speak
person-more = More
person-back = Back to the hearing room
person-consult = To a private consultation
person-consult-with = To the consultation with { $names }
person-send-to-waiting = Send to the waiting room
person-dismiss = Dismiss
person-remove = Remove
person-screening = Hide the picture from …
person-readmit = Let come back
sign-hand = Hand raised
sign-checking = Checking equipment
sign-check-left = Connection lost during the equipment check
sign-removed = Removed
sign-muted = Silenced
sign-kept-from = Picture hidden from: { $names }
sign-consultation = Private consultation { $number }
sign-equipment = Equipment check not passed
sign-lost = Connection lost
testimony-called = Called
testimony-identified = Identity checked
testimony-sworn = Sworn
testimony-affirmed = Affirmed
testimony-released = Released
remove-title = Remove { $name }?
remove-text = The person is put out at once, and the link no longer opens until you let them come back. The reason goes into the court log.
remove-confirm = Remove
screening-title = Who may not see { $name }?
screening-text = Those whom you tick hear { $name } and do not see the picture, from now on and in every room. The court always sees it, and it stays in the record.
screening-confirm = Apply

acts-title = Last acts
act-pending = On its way
act-done = done
act-failed = not done
act-not-here-yet = They may come back, and are not here yet.
did-finish-check = Equipment check
did-check-equipment = Equipment check again
did-set-source = { $source ->
    [microphone] Microphone
    [camera] Camera
   *[screen] Screen
 } { $on ->
    [yes] on
   *[no] off
 }
did-raise-hand = { $on ->
    [yes] Raise hand
   *[no] Lower hand
 }
did-leave = Leave
did-admit = Admit { $name }
did-send-to-waiting = Send { $name } to the waiting room
did-readmit = Let { $name } come back
did-dismiss = Dismiss { $name }
did-remove = Remove { $name }
did-screening = Choose who may see { $name }
did-move = Move { $name } to another room
did-mute = { $on ->
    [yes] Silence { $name }
   *[no] Let { $name } speak
 }
did-call = Call { $name }
did-identify = Identity of { $name } checked
did-swear = { $form ->
    [affirmation] { $name } affirmed
   *[oath] { $name } sworn
 }
did-release = Release { $name } and let them go
did-open = Open the rooms
did-begin = Begin the hearing
did-pause = Pause
did-suspend = Suspend
did-resume = Resume
did-adjourn = Adjourn
did-close = Close the hearing
did-go-on-record = Go on the record
did-go-off-record = Go off the record
did-in-camera = { $on ->
    [yes] Close to the public
   *[no] Open to the public
 }
did-mark = Marker “{ $text }”
