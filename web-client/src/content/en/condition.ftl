condition-began = begun { $when }
condition-recording = It is being recorded now.
condition-sealing = It has ended and is being sealed.
condition-seal-failed = Not sealed: each attempt since { $since } has failed. { $why }
condition-seal-by-itself = The server tries again by itself, and this notice goes once it has succeeded.
condition-seal-at-start = The server tries again when it is next started.
condition-seal-disk-full = There is no room on the server’s disk.
condition-seal-disk-full-do = Tell whoever looks after the server: make room on its disk, and delete nothing of recordings.
condition-seal-disk = A file on the server’s disk cannot be read or written.
condition-seal-disk-do = Tell whoever looks after the server: the disk has to be looked at. Change and delete nothing of recordings.
condition-seal-key = The court’s seal key cannot sign.
condition-seal-key-do = Tell whoever looks after the server: the key or its token has to be there, and its certificate valid.
condition-seal-database = The server’s database does not answer.
condition-seal-database-do = Tell whoever looks after the server: the database has to be looked at.
condition-seal-files-missing = The recording’s files are not on the server.
condition-seal-files-missing-do = Tell whoever looks after the server at once: the files have to be restored from a backup, or the recording is lost.
condition-seal-files-changed = A file is not as it was when it was written.
condition-seal-files-changed-do = Tell whoever looks after the server at once. Change and delete nothing: the server’s log says which file it is.
condition-seal-other = The server’s log says why.
condition-seal-other-do = Tell whoever looks after the server.
condition-damaged = Damaged: on { $found } it was found that this recording is not as it was sealed.
condition-damaged-do = Do not rely on it, and change and delete nothing. Tell whoever looks after the server: the recording has to be restored from a backup, or mended from the second store. Once a check finds it whole, this notice goes.
condition-well-again = On { $found } this recording was found damaged; on { $well } a check found all of it as it was sealed. The chain of custody has both.
condition-copy-none = No second store is set up: there is no copy elsewhere.
condition-copy-waiting = Waits to be copied to the second store.
condition-copy-kept = Copied to the second store; last read there and found the same on { $verified }.
condition-copy-differs = The copy in the second store is not as it was sealed, and could not be mended.
condition-copy-differs-do = The recording here is not concerned by this. Tell whoever looks after the server: the second store has to be looked at. The server tries again once a day.
condition-copy-behind = Not all of this recording is in the second store.
condition-copy-unreachable = Since { $since } the second store cannot be reached.
condition-copy-unreachable-do = Until it answers, copies can be neither made nor checked. Tell whoever looks after the server; then the server goes on by itself.
condition-copy-another-store = Since { $since } there is another store where the second store should be.
condition-copy-another-store-do = Nothing is copied. Tell whoever looks after the server: its disk may not be connected, or its address may be wrong.
condition-copy-refused = Since { $since } the second store refuses the server.
condition-copy-refused-do = Nothing is copied. Tell whoever looks after the server: its permission there has to be looked at.
condition-copy-full = Since { $since } there is no room in the second store.
condition-copy-full-do = Nothing more is copied. Tell whoever looks after the server: make room there.
condition-copy-disk = Since { $since } a file in the second store cannot be read or written.
condition-copy-disk-do = Tell whoever looks after the server: the second store’s disk has to be looked at.
condition-copy-here = Since { $since } a file of it here cannot be read.
condition-copy-here-do = Tell whoever looks after the server: the disk has to be looked at. Change and delete nothing of recordings.
condition-copy-not-encrypted = Since { $since } it waits to be encrypted, and is not copied before.
condition-copy-not-encrypted-do = Tell whoever looks after the server: the log says why it is not encrypted.
condition-copy-other = Since { $since } copying to the second store fails.
condition-copy-other-do = Tell whoever looks after the server: the log says why.
condition-encrypt-failed = Not encrypted where it lies: each attempt since { $since } has failed. { $why }
condition-encrypt-key = A key cannot be made or read.
condition-encrypt-disk-full = There is no room on the server’s disk.
condition-encrypt-disk = A file on the server’s disk cannot be read or written.
condition-encrypt-files-changed = A file is not as it was sealed.
condition-encrypt-database = The server’s database does not answer.
condition-encrypt-other = The server’s log says why.
condition-encrypt-do = It is sealed and whole, but whoever gets at the disk can read it. Tell whoever looks after the server: the folder of recording keys and the disk have to be looked at. The server tries again by itself.
alarms-recordings = { $count ->
    [one] { $count } recording needs somebody
   *[other] { $count } recordings need somebody
 }
alarms-more = { $count ->
    [one] And { $count } more.
   *[other] And { $count } more.
 }
alarms-store = The second store needs somebody
alarm-not-sealed = it cannot be sealed
alarm-damaged = it is damaged
alarm-copy-differs = its copy in the second store is damaged
alarm-not-encrypted = it is not encrypted where it lies
alarm-copy-behind = it is not in the second store
