#!/usr/bin/env python3
"""Verifies the certificate of a disposal (README.md, section 10.1), with what verify.py beside it has for signatures and ledgers.
Takes the same arguments; the log and its cosigners are left unchecked."""
import sys

sys.dont_write_bytecode = True
from verify import *

DOCUMENT, SIGNATURE = "disposal.json", "disposal.json.p7s"
DISPOSAL_STAMP, DISPOSAL_ROOT = SIGNATURE + ".tsr", "time-stamp-root.pem"
ALWAYS = {DOCUMENT, SIGNATURE, DISPOSAL_STAMP, DISPOSAL_ROOT, "custody.jsonl", LIST, SEAL, ROOT, SIGNER}
failures.clear()  # those of a bundle, which this is not
missing.discard("custody")


def check_seal():
    at = signature(SEAL)
    leads(SEAL, LIST, at, options.trust or at_top(ROOT))
    key_fits(openssl("x509", "-in", at_top(SIGNER), "-noout", "-text").decode())
    need(at - options.now <= DAY)
    return at


def check_document():
    said = document(read(DOCUMENT, 1 << 16).decode(), "disposal")
    need(said["manifest_sha256"] == sha256(LIST) and int(said["files"]) == len(manifest(LIST)), "of another list")
    need(said["proposed"]["by"] != said["approved"]["by"], "one person did both")
    times = [said["sealed_at"], said["proposed"]["at"], said["approved"]["at"], said["issued_at"]]
    need(times == sorted(times) and said["rule"]["kept_until"] < said["proposed"]["at"][:10], "its times")
    return said


def check_signature(said):
    at = signature(SIGNATURE)
    leads_further(at, options.trust)
    issued = written(said["issued_at"])
    need(abs(at - issued) <= DAY and at - options.now <= DAY, "when it was signed")
    made = stamp(at, DISPOSAL_STAMP, SIGNATURE, DISPOSAL_ROOT)
    need(abs(made - at) <= DAY, "when it was stamped")


def leads_further(at, roots):  # without trusted roots it may be under a later root than the seal
    under = ("-cades", "-CAfile", roots) if roots else ("-noverify",)
    openssl("cms", "-verify", *under, "-binary", "-inform", "DER", "-in", at_top(SIGNATURE), "-content", at_top(DOCUMENT), "-no-CApath",
            "-no-CAstore", "-purpose", "any", "-attime", str(int(at.timestamp())), "-out", os.devnull)


def check_chain(said):
    head, seen, approving, reseals, notes, logged, upto = START, set(), set(), [], [], None, int(said["custody"]["entries"])
    for number, line in enumerate(lines("custody.jsonl"), 1):
        entry, (text, rest) = document(line, "custody-entry"), line.rsplit(',"hash":"', 1)
        need(int(entry["seq"]) == number and entry["prev"] == head and rest == entry["hash"] + '"}')
        head = hashlib.sha256(bytes.fromhex(head) + text.encode() + b"}").hexdigest()
        need(head == entry["hash"])
        act, detail = entry["act"], entry["detail"]
        if act == "sealed" and detail.get("manifest_sha256") == sha256(LIST): seen.add("sealed")
        if act == "disposal_proposed" and entry["by"] == said["proposed"]["by"]: seen.add("proposed")
        if act == "disposal_decided" and entry["by"] == said["approved"]["by"]:  # begun for that reason, then done
            if detail.get("approves") is True and detail.get("reason_sha256") == said["approved"]["reason_sha256"]: approving.add(entry["seq"])
            if detail.get("ok") is True and detail.get("begun") in approving: seen.add("decided")
        if act == "disposed" and detail.get("ok") is True and detail.get("certificate_sha256") == sha256(DOCUMENT): seen.add("disposed")
        if number == upto and head == said["custody"]["head"]: seen.add("head")
        if number > upto: continue
        if act == "annotated": notes.append({"entry": entry["seq"], "hash": head})
        if act == "logged": logged = detail.get("sha256")
        if act == "resealed" and "stamped_sha512" in detail and "reseal" in detail:
            reseals.append({"folder": detail["reseal"], "stamped_sha512": detail["stamped_sha512"]})
    if len(seen) != 5: failures.add(("custody", "custody.jsonl"))
    if (said.get("reseals", []), said.get("annotations", [])) != (reseals, notes): failures.add(("disposal", DOCUMENT))
    if logged and (PROOF not in files or sha256(PROOF) != logged): failures.add(("transparency_log", PROOF))


for path in ALWAYS - {*files} | {*files} - ALWAYS - {STAMP, STAMP_ROOT, PROOF}: failures.add(("disposal", path))
if not failures:
    at = attempt("seal", SEAL, check_seal)
    if at and STAMP in files: attempt("time_stamp", STAMP, stamp, at)
    if said := attempt("disposal", DOCUMENT, check_document):
        attempt("disposal", SIGNATURE, check_signature, said)
    try: said = said or document(read(DOCUMENT, 1 << 16).decode(), "disposal")
    except Exception: said = None
    if said: attempt("custody", "custody.jsonl", check_chain, said)
tell("transparency_log", "cosigners")
