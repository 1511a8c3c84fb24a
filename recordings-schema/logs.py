#!/usr/bin/env python3
"""Verifies a bundle as verify.py beside it does, and the proof of the transparency log (README.md, section 5.3), which that
leaves unchecked. Takes --trust-log KEYS.txt as well: the keys of logs and cosigners, one a line."""
import base64, sys, tempfile

arguments, log_file = sys.argv, None
if "--trust-log" in arguments:
    at = arguments.index("--trust-log")
    log_file = arguments[at + 1]
    del arguments[at : at + 2]
sys.dont_write_bytecode = True
from verify import *

SPKI = bytes.fromhex("302a300506032b6570032100")  # what stands before the 32 bytes of an Ed25519 key (RFC 8410)


def number(text):
    need(re.fullmatch(r"0|[1-9]\d{0,19}", text, re.A) and int(text) < 1 << 64)
    return int(text)


def base64_of(text, size=None):  # one spelling for the same bytes
    found = base64.b64decode(text, validate=True)
    need(base64.b64encode(found).decode() == text and size in (None, len(found)))
    return found


def name(text):
    spaces = "\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
    need(1 <= len(text.encode()) <= 255 and not re.search(f"[+\0-\x1f\x7f-\x9f{spaces}]", text))
    return text


def key(line):  # kind (1: of a log, 4: of a cosigner), name, id, the key
    label, digits, rest = line.split("+", 2)
    typed = base64_of(rest, 33)
    need(hashlib.sha256(name(label).encode() + b"\n" + typed).hexdigest()[:8] == digits and typed[0] in (1, 4))
    return typed[0], label, bytes.fromhex(digits), typed[1:]


def signed(public, message, signature):
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, part) for part in ("key", "message", "signature")]
        for path, content in zip(paths, (SPKI + public, message, signature)):
            with open(path, "wb") as file:
                file.write(content)
        verify = "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", paths[0], "-rawin", "-in", paths[1]
        return holds(openssl, *verify, "-sigfile", paths[2])


def proof():  # origin and text of the head to which the proof leads, and its signatures
    data = read(PROOF, 1 << 17)
    top, note = data.decode().split("\n\n", 1)
    need(len(note.encode()) <= 1 << 16 and not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f]", note))
    first, index, *hashes = top.split("\n")
    need(first == "c2sp.org/tlog-proof@v1" and index.startswith("index ") and len(hashes) <= 63)
    text, under = note.rsplit("\n\n", 1)
    origin, size, root, *more = text.split("\n")
    need(origin and len(more) <= 16 and "" not in more and under.endswith("\n"))
    signatures = []
    for line in under[:-1].split("\n"):
        dash, label, encoded = line.split(" ", 2)
        raw = base64_of(encoded)
        need(dash == "\u2014" and len(raw) > 4 and len(signatures) < 100)
        signatures.append((name(label), raw[:4], raw[4:]))
    at, last = number(index[6:]), number(size) - 1
    need(at <= last, "an entry that the log does not have")
    entry = b"oyer/log/1 manifest " + sha256(LIST).encode()
    head = hashlib.sha256(b"\0" + entry).digest()
    for sibling in [base64_of(line, 32) for line in hashes]:  # RFC 9162, section 2.1.3.2
        need(last > 0)
        left = at & 1 or at == last
        head = hashlib.sha256(b"\1" + (sibling + head if left else head + sibling)).digest()
        while left and not at & 1 and at:
            at, last = at >> 1, last >> 1
        at, last = at >> 1, last >> 1
    need(last == 0 and head == base64_of(root, 32), "it leads elsewhere")
    return origin, (text + "\n").encode(), signatures


def check_log(origin, text, signatures):  # whether a key that is trusted is of this log; fails when none of them signed
    ours = [(label, id, public) for kind, label, id, public in keys if kind == 1 and label == origin]
    good = [k for k in ours for s in signatures if s[:2] == k[:2] and signed(k[2], text, s[2])]
    need(good or not ours, "not signed by the log")
    return bool(ours)


def check_cosigners(origin, text, signatures):  # how many that are trusted signed it; fails when one of them signed badly
    count, tomorrow = 0, int((options.now + DAY).timestamp())
    for kind, label, id, public in keys:
        found = [s[2] for s in signatures if kind == 4 and s[:2] == (label, id)]
        times = [int.from_bytes(s[:8], "big") for s in found]
        cosigned = [b"cosignature/v1\ntime %d\n" % at + text for at in times]
        good = [at for at, m, s in zip(times, cosigned, found) if len(s) > 8 and signed(public, m, s[8:])]
        need(bool(good) == bool(found) and max(good, default=0) <= tomorrow, "a cosignature")
        count += bool(good)
    return count


keys, checked = [], {"transparency_log": False, "cosigners": False}
if log_file:
    with open(log_file) as file:
        lines_of = [line.strip() for line in file]
    keys = [key(line) for line in lines_of if line and not line.startswith("#")]
if PROOF in tags and not any(check in ("tag_files", "manifest", "names") and file in (PROOF, LIST) for check, file in failures):
    if found := attempt("transparency_log", PROOF, proof):
        checked["transparency_log"] = attempt("transparency_log", PROOF, check_log, *found)
        checked["cosigners"] = attempt("cosigners", PROOF, check_cosigners, *found)
kinds = {kind for kind, *_ in keys}  # whoever names a log or a cosigner asks for their word
asked = {"transparency_log": 1 in kinds or kinds and PROOF not in tags, "cosigners": 4 in kinds}
missing |= {check for check, done in checked.items() if asked[check] and not done}
tell(*(check for check, done in checked.items() if not done), *sorted({path[:10] for path in resealed}))
