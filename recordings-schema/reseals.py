#!/usr/bin/env python3
"""Verifies a bundle as verify.py beside it does, and its reseals (README.md, section 5.2), which that leaves unchecked."""
import sys

sys.dont_write_bytecode = True
from verify import *


def sha512(path):
    return sha256(path, algorithm="sha512")


def reseal(base, before):  # gives the time of its stamp
    own = [base + file for file in ("certs/root.pem", "certs/seal.pem", "manifest-sha512.txt", "manifest-sha512.txt.p7s")]
    listed, stamped = manifest(own[2], 128), manifest(base + "stamped-sha512.txt", 128)
    covered = {path for path in listed if not path.startswith("data/")}
    always = {path for path in resealed if path < base} | {LIST, SEAL, ROOT, SIGNER}
    of_seal = {path for path in tags if path.startswith("seal/")} - {TAGSEAL}
    need(always <= covered <= always | of_seal, "what it covers")
    need({*listed} - covered in (set(), {*sealed}), "all files or none")
    need([*stamped] == own, "what is stamped")
    need(all(sha512(path) == digest for path, digest in [*listed.items(), *stamped.items()]), "not as it was")
    at = signature(own[3])
    need(any(holds(leads, own[3], own[2], at, roots) for roots in (options.trust, at_top(own[0])) if roots), "whose it is")
    key_fits(openssl("x509", "-in", at_top(own[1]), "-noout", "-text").decode())
    stamp_of = base + "stamped-sha512.txt"
    made = stamp(at, stamp_of + ".tsr", stamp_of, base + "certs/time-stamp-root.pem")
    need(made - at <= DAY and before - made <= DAY, "its time")
    return made


def check_entered():  # the reseals of which the chain of custody speaks
    for line in lines("custody.jsonl"):
        entry = json.loads(line)
        if entry["act"] == "resealed" and "stamped_sha512" in entry["detail"]:
            path = entry["detail"]["reseal"] + "/stamped-sha512.txt"
            need(path in resealed and sha512(path) == entry["detail"]["stamped_sha512"], "another reseal")


if not any(check in ("tag_files", "manifest", "names") for check, _ in failures):
    numbers = {path[7:10] for path in resealed}
    for number in range(1, int(max(numbers | {"000"})) + 1):
        at = attempt("reseal", f"reseal-{number:03}", reseal, f"reseal-{number:03}/", at) or at
    if exported:
        attempt("custody", "custody.jsonl", check_entered)
        in_list = {path[:10] for path in listed if path in resealed}
        for path in resealed - {*listed}:  # made after the bundle was handed out
            attempt("tag_files", path, lambda: need(path[:10] > max(in_list | {""})))
tell("transparency_log", "cosigners")
