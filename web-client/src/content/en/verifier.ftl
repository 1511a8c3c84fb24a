verifier-title = Verify a recording
verifier-lead = This page shows whether a recording is exactly as the court sealed it. You need the recording as the court handed it out, and the court’s root certificate.
verifier-offline = The check happens on this device alone. This page cannot connect to anything; you may switch the network off.
verifier-bundle = 1. The recording
verifier-bundle-hint = The .tar file as it was downloaded, or the unpacked folder that holds bagit.txt. You can also drop either onto this page. Nothing in it is changed.
verifier-choose-tar = Choose the .tar file
verifier-choose-folder = Choose the folder
verifier-choose-certificate = Choose a certificate file
verifier-chosen = Chosen: { $name }
verifier-nothing-chosen = Nothing chosen yet.
verifier-stored = This is the court’s own stored form, without a chain of custody. Tick this only at the court.
verifier-root = 2. The court’s root certificate
verifier-root-hint = A small file whose name ends in .pem. Take it from the court itself, from its website or its registry, and never from the recording: a forger would put their own certificate there.
verifier-time-root = 3. The time-stamp authority’s certificate (you may leave this out)
verifier-time-root-hint = With it this page can tell whether somebody outside the court has confirmed the time. Take it from that authority.
verifier-log-keys = 4. The keys of the court’s public log (you may leave this out)
verifier-log-keys-hint = A small text file with a line for each key. Take it from the court’s website or registry; the keys of those who watch over the log, from them. With it this page can tell whether the seal was entered in the log that everybody sees.
verifier-choose-keys = Choose a file of keys
verifier-no-keys = This file holds no such keys, or a line in it is mistyped. Choose another.
verifier-key-of-log = Key of the log
verifier-key-of-cosigner = Key of a cosigner
verifier-no-certificate = This file holds no certificate that can be read. Choose another.
verifier-certificate-of = Certificate of
verifier-without-root = Without the court’s certificate only damage and later changes can be found. Who made the seal stays open.
verifier-start = Verify
verifier-need = Choose the recording first.
verifier-cancel = Stop
verifier-preparing = Reading the lists and signatures
verifier-progress = Reading the recording: { $percent } %. A long recording takes some minutes.
verifier-proved = The recording is as it was sealed under the certificate that you chose
verifier-proved-text = Every proof holds. Below is what is proved, what rests on somebody’s word, and what was not checked.
verifier-signer-not-checked = The files are intact, but who sealed them was not checked
verifier-signer-not-checked-text = Anybody could have made this recording and its seal. Get the root certificate from the court, choose it, and verify again.
verifier-proofs-missing = What is there is as it was sealed, but a proof that you asked for is missing
verifier-proofs-missing-text = { $count ->
    [one] One proof is not there. Somebody may have taken it out, or there never was one. Ask the court for the whole recording, or for the reason.
   *[other] { $count } proofs are not there. Somebody may have taken them out, or there never were any. Ask the court for the whole recording, or for the reason.
}
verifier-failed = This recording is not proved
verifier-failed-text = { $count ->
    [one] One check failed. Do not rely on the recording before it is known why. Keep the file as it is and ask the court.
   *[other] { $count } checks failed. Do not rely on the recording before it is known why. Keep the files as they are and ask the court.
}
verifier-fact-recording = Number of the recording
verifier-fact-fingerprint = Fingerprint of the root certificate (SHA-256). Compare it with the one that the court publishes
verifier-fact-manifest = SHA-256 of the list of sealed files (manifest-sha256.txt)
verifier-kind-failed = This does not hold.
verifier-kind-missing = You named somebody whose word should be there, or a part that comes with every recording, and it is not there.
verifier-kind-proved = This is certain: whoever repeats the check comes to the same result.
verifier-kind-trusted = This is only as sure as the word on which it rests.
verifier-kind-not-checked = About this the check says nothing, neither good nor bad.
verifier-found-names-proved = Every name is sound.
verifier-found-names-not-checked = In a folder this browser does not show links and empty folders. If that matters, verify the .tar file.
verifier-found-signer-trusted = The seal leads to the certificate that you chose. Compare the fingerprint with the one that the court publishes.
verifier-found-signer-failed = The seal does not lead to the certificate that you chose, or the certificate was not valid then.
verifier-found-independent-time-missing = No time-stamp of the authority that you chose was found.
verifier-found-transparency-log-missing = No proof of the log was found although you chose the key of a log or of a cosigner.
verifier-found-cosigners-missing = None of the cosigners whose keys you chose has signed.
verifier-found-custody-missing = The chain of custody and the signed list that come with a recording that is handed out are not there.
verifier-trouble-no-bundle = This is no recording of this kind: it holds no bagit.txt. Choose the .tar file from the court, or the unpacked folder that holds bagit.txt.
verifier-trouble-several = There are several recordings in it. Choose the folder of one of them.
verifier-trouble-too-many = There are more files in it than any recording has. Nothing was verified.
verifier-trouble-tar = This .tar file is damaged, or is none. Download it once more. Nothing was verified.
verifier-trouble-dropped = Drop one .tar file or one folder.
verifier-trouble-other = The verification could not be made. That says nothing about the recording. Choose the files once more, or use another device.
