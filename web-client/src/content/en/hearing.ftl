hearing-title = Hearing: { $title }
case-file = Case file
tiles-label = People in the room
tile-you = you
tile-speaking = Speaking
tile-hand = Hand raised
tile-mic-off = Microphone off
tile-muted-by-court = Silenced by the court
tile-no-picture = No picture
tile-screened = The court has hidden this picture
tile-kept-from = Hidden from: { $names }
tile-reconnecting = Connection lost
tile-paused = Picture paused: your connection is weak
tile-undecodable = Your browser cannot show this picture
tile-screen-of = Screen of { $name }
tile-only-you = Only you see this
onlookers = { $count ->
    [one] One person looks on
   *[other] { $count } people look on
 }
tile-unsent = Not known whether the others see this
tile-not-yet-sent = Not sent yet
tile-stale = Connection lost: this picture may stand still
tile-coming = Picture on its way
tile-record-starting = Recording starts
tile-enlarge = Enlarge the picture of { $name }
picture-of = Picture of { $name }
picture-screen = Screen of { $name }
picture-own = Your own picture

controls-label = Your controls
mic-turn-off = Mute
mic-turn-on = Unmute
mic-silenced = Silenced by the court
mic-none = No microphone
silenced-note = The court has switched your microphone off, and only the court can give it back. If you want to speak, raise your hand.
camera-none = No camera
camera-turn-off = Camera off
camera-turn-on = Camera on
screen-share = Share screen
screen-stop = Stop sharing
hand-up = Raise hand
hand-down = Lower hand
devices = Devices
devices-title = Camera, microphone and sound
devices-title-watch = Sound
devices-done = Done
devices-speaker = Loudspeaker
devices-volume = How loud you hear the others
leave = Leave
leave-title = Leave the hearing?
leave-text = You can come back with your link while the hearing lasts. You then go through the check again, and wait until the court lets you in.
leave-text-court = You can come back with your link while the hearing lasts. After the equipment check you are in the hearing room again.
leave-confirm = Leave

banner-reconnecting = Connection lost. The page reconnects by itself; your place is kept.
banner-reconnecting-heard = Take it that you may still be seen and heard.
banner-media-lost = Sound and picture are interrupted. They come back by themselves.
banner-media-up = Your sound and picture are not sent yet: they are being connected to the court’s server.
banner-media-down = Sound and picture of the others do not come yet: they are being connected.
banner-hear = Press here to hear the hearing
banner-record-failing = The record is failing: what is said now may be lost. Stop, and tell the clerk.
banner-record-failing-apart = The record is failing: what is said in the hearing room now may be lost. Tell the clerk.
banner-record-failing-wait = There is a fault in the record. Please stop speaking and wait: the court has been told.
held-microphone = Your device holds the microphone back, for instance because of a telephone call or its own switch. Nobody hears you.
held-camera = Your device holds the camera back, for instance because another program is in front. Your picture stands still or is dark.
replaced = { $source ->
    [microphone] Your microphone was disconnected. The page now uses: { $label }.
   *[camera] Your camera was disconnected. The page now uses: { $label }.
 }
banner-record-failing-names = Not being recorded now: { $names }.
banner-log-waiting = { $count ->
    [one] The court log is not being stored: { $count } entry waits. Do not restart the server, and tell whoever looks after it.
   *[other] The court log is not being stored: { $count } entries wait. Do not restart the server, and tell whoever looks after it.
 }
banner-not-begun = The hearing has not begun. Nobody is seen or heard yet.
banner-paused = The court has paused the hearing. Nobody is seen, heard or recorded.
banner-suspended = The hearing is interrupted for a technical reason. Nobody is seen, heard or recorded.
banner-adjourned = The hearing is adjourned.
banner-adjourned-until = The hearing is adjourned until { $when }.
banner-in-camera = The hearing is closed to the public.
banner-consultation = You are in a private consultation. It is not recorded, and nobody else hears it.
banner-consultation-back = The court brings you back into the hearing room. To ask for it, raise your hand: the court is shown it, whatever room it is in.
banner-retired = The bench has retired. This is not recorded, and nobody else hears it.
banner-muted = The court has silenced your microphone: nobody hears you. Raise your hand if you want to speak.
banner-quality-weak = Your connection is weak. If it stays so, switch your camera off.
banner-quality-bad = Your connection is very weak. Switch your camera off, or move to a better network.

news-state-listed = The hearing is listed.
news-state-open = The rooms are open.
news-state-in-session = The hearing is in session.
news-state-paused = The hearing is paused.
news-state-suspended = The hearing is suspended for a technical reason.
news-state-adjourned = The hearing is adjourned.
news-state-closed = The hearing is closed.
news-in-camera = The hearing is now closed to the public.
news-in-public = The hearing is open to the public again.
news-you-muted = The court has silenced your microphone.
news-came-in = { $name } has come in.
news-in-room = In the room: { $names }.
news-in-room-alone = Nobody else is in the room.
news-went-out = { $name } has left the room.
news-waits = { $name } is waiting.
news-lost = { $name } has lost the connection.
news-back = { $name } is back.
news-hand = { $name } raises a hand.
news-link-declined = Warning: the link of { $name } was opened by somebody who says that they are not { $name }.
news-seat-taken-over = Warning: { $name } came in again from another device or page.

word-called = The court has called you. You are now in the hearing.
word-admitted = The court has let you in. You are now in the hearing.
word-returned = You are back in the hearing.
word-sent-to-waiting = The court has sent you back to the waiting room. Nobody sees or hears you here.
word-sworn = The court has entered your oath. You are now giving evidence.
word-affirmed = The court has entered your affirmation. You are now giving evidence.
word-sworn-silenced = The court has entered your oath. You give evidence once the court lets you speak again.
word-affirmed-silenced = The court has entered your affirmation. You give evidence once the court lets you speak again.
word-unmuted = The court lets you speak again.
reach-both = Everyone in the room sees and hears you.
reach-screened = Everyone in the room hears you. Your picture is hidden from those whom the court has named.
reach-screened-picture = Your picture is hidden from those whom the court has named. Nobody hears you: your microphone is off.
reach-sound = Everyone in the room hears you; no picture of you is sent.
reach-picture = Everyone in the room sees you, but nobody hears you: your microphone is off.
reach-nothing = Nobody sees or hears you: your camera and microphone are off.
reach-quiet = The hearing stands still at the moment: nobody is seen or heard yet.
reach-unsent = The connection is interrupted: it is not known whether the others see and hear you.
reach-connecting = Nobody sees or hears you yet: your sound and picture are still being connected.
reach-watch = You see and hear the hearing. Nobody sees or hears you.
reach-watch-unheard = Press the button to hear the hearing. Nobody sees or hears you.
reach-watch-alone = Nobody sees or hears you. You do not see and hear the hearing at the moment.
