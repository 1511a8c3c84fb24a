#!/usr/bin/env python3
"""Verifies a bundle as verify.py beside it does, and that a redacted copy (README.md, section 6.1) is what it says, which that
leaves unchecked. Of a bundle that is no redacted copy it says what verify.py says."""
import sys

sys.dont_write_bytecode = True
from verify import *

FRAMING = {"on_record", "off_record", "began", "paused", "resumed", "suspended", "adjourned"}
FRAMING |= {"closed", "interrupted", "record_failed", "record_restored"}


def copy():
    said = document(read(home + "redaction.json", 4 << 20).decode(), "redaction")
    need(said["recording"] == home.split("/")[1] != said["derived_from"]["recording"], "of what it is a copy")
    numbers = [int(order["number"]) for order in said["orders"]]
    need(numbers and numbers == sorted({*numbers}) and all(order["intervals"] for order in said["orders"]), "its orders")
    lengths = {one["segment"]: int(one["duration_ms"]) for one in seal["segments"]}
    for one in (one for order in said["orders"] for one in order["intervals"]):
        need(one["segment"] in lengths and int(one["from_ms"]) < int(one["to_ms"]) <= lengths[one["segment"]], "an interval")
        need(one["participant"] in {None} | {person["participant"] for person in said["people"]}, "of whom")
    names = [film["file"] for film in said["films"]]
    need(names and names == [f"film-{number:03}.mp4" for number in range(1, len(names) + 1)], "its films")
    need(not seal["tracks"] and seal["gaps"]["count"] == "0", "it has tracks")
    for film in said["films"]:
        path = home + film["file"]
        need(sealed.get(path) == film["sha256"] and payload.get(path) == int(film["bytes"]), "another film")
    return said


def check_left(said):  # the court log says nothing of what was taken out
    margin = int(said["margin_ms"])
    for entry in (document(line, "court-log-entry") for line in lines(home + "court-log.jsonl")):
        for one in (one for order in said["orders"] for one in order["intervals"]):
            inside = entry["segment"] == one["segment"] and entry["media_ms"] is not None
            if inside and int(one["from_ms"]) - margin <= int(entry["media_ms"]) <= int(one["to_ms"]) + margin:
                need(entry["kind"] in FRAMING and entry["text"] is None, "an entry of what was taken out")


left = ["transparency_log", "cosigners", *sorted({path[:10] for path in resealed})]
broken = any(check in ("tag_files", "manifest", "names", "seal_document") for check, _ in failures)
if not broken and home + "redaction.json" in files:
    if said := attempt("derived", home + "redaction.json", copy):
        attempt("derived", home + "court-log.jsonl", check_left, said)
        original = said["derived_from"]
        left.append(f"a redacted copy of {original['recording']}, manifest {original['manifest_sha256']}, which is not here")
tell(*left)
