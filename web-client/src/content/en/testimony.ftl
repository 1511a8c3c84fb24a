hearing-kind-testimony = Testimony recorded in advance
hearing-kind-testimony-hint = The testimony of one witness is recorded by a protocol, step by step, to be played at a later hearing of this case.
waiting-testimony = At this hearing the testimony of a witness is recorded, to be played at a later hearing.
waiting-testimony-witness = Your testimony is recorded with sound and picture, to be played at a later hearing. You will be told when the recording runs.

capture-title = Testimony, step by step
capture-left = { $count ->
    [one] one step left
   *[other] { $count } steps left
 }
capture-all-done = no step left
capture-close = Every step is taken or left out. Close the hearing below to seal the recording.
capture-clock = Time in court
capture-clock-on = on record for { $time }
capture-clock-off = off the record
capture-clock-unknown = not known whether it is recorded
capture-step-opening = Opening on camera
capture-step-call = Call the witness
capture-step-present = Everybody says who they are
capture-step-witness-room = Who else is in the witness’s room
capture-step-identity = Identity of the witness
capture-step-oath = Oath or affirmation
capture-step-examination = Questions to the witness
capture-step-examination-by = Questions by { $name }
capture-step-closing = Closing on camera
capture-step-release = Release the witness
capture-state-open = not taken yet
capture-state-done = taken
capture-state-left-out = left out
capture-left-out-why = Left out: { $reason }
capture-say = To be said now
capture-say-opening = This is the recording of the testimony of { $witness } in the case { $case }. It is { $date }. I am { $operator }, and I conduct this recording. The place is { $place }. { $whose ->
    [prosecution] The witness is called by the prosecution.
    [defence] The witness is called by the defence.
   *[court] The witness is called by the court.
 }
capture-say-call = { $witness }, please come in. From now on you are seen, heard and recorded.
capture-say-present = Will everybody who is present please say their name, and in which role they are here.
capture-say-witness-room = { $witness }, please tell us who else is in the room with you, and show us the room with your camera.
capture-say-identity = { $witness }, please say your full name, and show your identity document to the camera.
capture-say-oath = { $witness }, do you swear, or do you affirm, that you will tell the truth, the whole truth and nothing but the truth?
capture-say-examination = { $counsel } now asks the witness.
capture-say-closing = This is the end of the testimony of { $witness }. It is { $date }. When the hearing is closed, the court’s server seals the recording. It is then kept by { $custody }.
capture-say-release = { $witness }, your testimony is over. You are released. Thank you.
capture-witness-room-field = Who else is there (write “nobody” if the witness is alone)
capture-closing-field = In whose custody the recording goes
capture-witness = Witness
capture-whose = Called by
capture-whose-prosecution = the prosecution
capture-whose-defence = the defence
capture-whose-court = the court
capture-place = Place
capture-enter = It was said: enter it
capture-off-record = Go on the record first: every step belongs on the record.
capture-no-witness = There is no witness on the list of this hearing.
capture-no-text = Fill in the field “{ $field }” first.
capture-not-waiting = The witness is not in the waiting room yet.
capture-not-here = The witness is not in the room.
capture-counsel-not-here = Counsel is not in the room.
capture-examine-begin = Questions begin
capture-examine-end = Questions have ended
capture-leave-out = Leave this step out
capture-leave-out-title = Leave out: { $step }?
capture-leave-out-text = The reason goes into the court log and is sealed with the recording. The step can still be taken later.

objection-of = Objection { $number } by { $name }
objection-number = objection { $number }
objection-make = Object
objection-how = One press enters your objection with its time. Then say why.
objection-waits = Your objection { $number } is entered and waits for the ruling.
objection-ruled = Your objection { $number }: { $ruling ->
    [sustained] sustained
    [overruled] overruled
    [reserved] left to the court that hears the recording
   *[withdrawn] withdrawn
 }.
objection-withdraw = Withdraw the objection
ruling-sustained = Sustained
ruling-overruled = Overruled
ruling-reserved = Leave it to the later court

capture-now = What happens now
capture-witness-stands = The hearing stands still just now. You need not do anything.
capture-witness-off-record = Nothing is recorded just now. You need not do anything.
capture-witness-objection = Counsel has objected. Please wait with your answer until the court has spoken to it.
capture-witness-asks = { $name } asks you. Answer in your own words. If you have not understood something, say so.
capture-witness-opening = The court opens the recording. You need not say anything yet.
capture-witness-call = The court opens the recording. You need not say anything yet.
capture-witness-present = Everybody says who they are. Say your name when you are asked.
capture-witness-witness-room = Say who else is in the room with you. The court may ask you to show the room with your camera.
capture-witness-identity = The court checks who you are. Have your identity document at hand.
capture-witness-oath = The court asks you to swear or affirm that you tell the truth.
capture-witness-examination = The questions begin in a moment.
capture-witness-closing = There are no more questions. The court closes the recording.
capture-witness-release = There are no more questions. The court lets you go in a moment.
capture-witness-ends = Your testimony is over. The court closes the hearing.
capture-room-stands = The hearing stands still just now.
capture-room-off-record = Nothing is recorded just now.
capture-room-objection = There is an objection. The witness waits with the answer until the court has spoken to it.
capture-room-asks = { $name } asks the witness.
capture-room-opening = The court opens the recording.
capture-room-call = The witness is called next.
capture-room-present = Everybody says who they are. Say your name and your role when it is your turn.
capture-room-witness-room = The witness says who else is in the room.
capture-room-identity = The identity of the witness is checked.
capture-room-oath = The witness swears or affirms.
capture-room-examination = The questions to the witness begin in a moment.
capture-room-closing = The court closes the recording.
capture-room-release = The witness is released.
capture-room-ends = The testimony is over. The court closes the hearing.
break-ask = Ask for a break
break-take-back = I no longer need a break
break-asked = The court is shown that your hand is raised. Please wait until it speaks to you.
break-how = You may ask for a break at any time: press the button, or say so.

did-state-opening = Enter the opening
did-state-present = Enter who is present
did-state-witness-room = Enter who is in the witness’s room
did-examine = Questions by { $name }
did-object = Object
did-rule = Objection { $number }: { $ruling ->
    [sustained] sustained
    [overruled] overruled
    [reserved] left to the later court
   *[withdrawn] withdrawn
 }
did-state-closing = Enter the closing
did-leave-out = Leave a step out

problem-not-testimony = This belongs to testimony that is recorded in advance. This hearing is of another kind.
problem-off-record = This belongs on the record. Go on the record first.
problem-one-witness = The testimony of another witness is recorded here. Each witness has a hearing of their own.
problem-steps-open = A step of the testimony is still open. Take it, or leave it out with a reason; or adjourn the hearing.
problem-no-objection = There is no objection with this number.

log-opening-stated = Opening on camera, at the place
log-witness-of-prosecution = Witness of the prosecution
log-witness-of-defence = Witness of the defence
log-witness-of-court = Witness of the court
log-present-stated = Said who they are
log-witness-room-stated = Who else is in the witness’s room
log-examination-began = Questions begin
log-examination-ended = Questions end
log-closing-stated = Closing on camera, custody
log-objection = Objection
log-objection-sustained = Objection sustained
log-objection-overruled = Objection overruled
log-objection-reserved = Objection left to the later court
log-objection-withdrawn = Objection withdrawn
log-objection-unruled = Objection without a ruling
log-testimony-complete = Testimony complete
log-testimony-incomplete = Testimony not complete
log-opening-left-out = Opening left out
log-call-left-out = Call left out
log-present-left-out = Left out: who is present
log-witness-room-left-out = Left out: who is in the witness’s room
log-identity-left-out = Check of the identity left out
log-oath-left-out = Oath left out
log-examination-left-out = Questions left out
log-closing-left-out = Closing left out
log-release-left-out = Release left out

together-title = Recording that the court shows
together-shown = The court shows a recording: { $title }
together-loading = The recording is being loaded.
together-plays = The recording plays, in step with the hearing.
together-stands = The playing is paused. The court decides when it goes on.
together-waiting = The recording waits for your connection. It goes on by itself, where all others are.
together-failed = The recording cannot be shown to you completely just now. The court sees that. It is tried again by itself.
together-silent = Your browser holds the sound of the recording back. Press the button to hear it.
together-hear = Hear the recording
together-kept = The court keeps this picture
together-at = { $at } of { $length }
together-seal-same = What was compared is as it was sealed
together-seal-partly = Only a part could be compared with what was sealed
together-seal-begins = It is being compared with what was sealed
together-seal-none = It cannot be compared with what was sealed just now
together-seal-differs = Not as it was sealed: tell the court

show-title = Show recorded testimony
show-none = There is no sealed recording of testimony in this case.
show-now = Show to everybody
show-shown = Recording that is shown
show-play = Play
show-pause = Pause
show-put-away = Put away
show-all-see = Every page in the room says that it shows it.
show-unseen = Does not see it, or not yet: { $names }
show-record = The record of this hearing says from where to where it was played, and for whom. It holds no copy of it: of its sound only what a microphone picks up. Silence the microphones while it plays.

did-show-recording = Show the recording
did-play-recording = Play the recording
did-pause-recording = Pause the recording
did-seek-recording = Go to another place in the recording
did-put-away-recording = Put the recording away

problem-no-such-recording = This is no sealed recording of testimony of this case.
problem-nothing-shown = No recording is shown just now.

log-playback-shown = Recording of testimony shown
log-playback-began = Playing of the testimony began
log-playback-stopped = Playing of the testimony stopped
log-playback-moved = Playing of the testimony: to another place
log-playback-reached-end = Testimony played to its end
log-playback-put-away = Recording put away

log-playback-place = part { $part }, { $at }
log-playback-from = from { $place }
log-playback-to = to { $place }
log-playback-shown-to = shown to { $names }
log-playback-not-confirmed = offered, and not confirmed by the page of { $names }
log-playback-recording = the recording

show-protocol-complete = every step of its protocol was taken
show-protocol-left-out = steps of its protocol were left out, with reasons; its court log has them
show-protocol-incomplete = its protocol was not gone through to its end
