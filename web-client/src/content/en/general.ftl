brand = Oyer
language = Language
skip-to-content = Skip to the main content
footer = Remote hearings with a sealed record.
help-title = Do you need help? Call the court:
loading = Loading
cancel = Cancel
try-again = Try again
put-away = Put away
reason = Reason
new-tab = (opens in a new tab)

role-judge = Judge
role-panel_member = Panel member
role-clerk = Clerk
role-prosecutor = Prosecutor
role-defence_counsel = Defence counsel
role-accused = Accused
role-victim = Victim
role-witness = Witness
role-expert = Expert
role-interpreter = Interpreter
role-intermediary = Intermediary
role-remote_point_officer = Remote point officer
role-observer = Observer
role-press = Press
role-support_officer = Support officer
who-staff = court staff

state-listed = Not begun
state-open = Not begun
state-in-session = In session
state-paused = Paused
state-suspended = Suspended
state-adjourned = Adjourned
state-closed = Closed
state-unknown = Not known at the moment

recording-off = Off the record
recording-starting = The record is starting
recording-nothing-to-record = Nothing to record yet
recording-recording = On the record
recording-unknown = Not known whether it is recorded
recording-failing = The record is failing
recording-not-here = Not recorded here

recording-state-capturing = Being recorded
recording-state-closed = Complete, not yet sealed
recording-state-interrupted = Interrupted
recording-state-sealed = Sealed
recording-state-attached = Sealed and in the case file
recording-state-disposed = Disposed of
times-in-zone = All times on this page are those of your device: { $zone }.
time-of-device = In the time of your device: { $zone }.

quality-good = Good connection
quality-weak = Weak connection
quality-bad = Very weak connection
quality-unknown = Quality of the connection not known

home-title = Remote court hearings
home-no-link = To take part in a hearing, open the link that the court sent you.
home-no-link-help = If you have lost it, ask the court for a new one. Nobody can enter a hearing without a link of their own.
home-to-hearing = Go to the hearing
unknown-title = There is no such page
unknown-text = Check the address, or open the link that the court sent you.
unknown-home = To the start page
