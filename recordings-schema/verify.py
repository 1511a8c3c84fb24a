#!/usr/bin/env python3
"""Verifies a bundle, written from README.md beside it alone: Python's standard library and the openssl command, nothing of Oyer.
Usage: verify.py BUNDLE [--trust ROOT.pem] [--trust-time ROOT.pem] [--stored] [--now 2026-02-01T00:00:00.000Z]"""
import argparse, hashlib, json, os, re, subprocess
from datetime import datetime, timedelta, timezone
LIST, SEAL, ROOT, SIGNER = "manifest-sha256.txt", "seal/manifest-sha256.txt.p7s", "seal/certs/root.pem", "seal/certs/seal.pem"
TAGS, TAGSEAL, STAMP, STAMP_ROOT = "tagmanifest-sha256.txt", "seal/tagmanifest-sha256.txt.p7s", SEAL + ".tsr", "seal/certs/time-stamp-root.pem"; PROOF = LIST.join(("seal/", ".tlog-proof"))
STORED, EXPORTED = {"bagit.txt", "bag-info.txt", LIST, SEAL, ROOT, SIGNER}, {"custody.jsonl", "certificate.html", "VERIFY.txt", TAGS, TAGSEAL}
DAY, START, failures, KINDS = timedelta(days=1), "0" * 64, set(), dict(string=str, integer=int, object=dict, array=list, null=type(None), boolean=bool)
def need(holds, why="not as README.md wants it"):
    if not holds: raise ValueError(why)
def attempt(check, file, work, *arguments):  # what a check gives; None, and a failure noted, when it does not hold
    try: return work(*arguments)
    except Exception: failures.add((check, file))
def holds(work, *arguments):
    try: return work(*arguments) or True
    except Exception: return False
def at_top(path): return os.path.join(options.bundle, path)
def sha256(path, offset=0, size=1 << 62, algorithm="sha256"):
    digest, end = hashlib.new(algorithm), min(offset + size, os.path.getsize(at_top(path)))
    with open(at_top(path), "rb") as file: [digest.update(file.read(min(1 << 20, end - at))) for at in range(file.seek(offset), end, 1 << 20)]
    return digest.hexdigest()
def read(path, most=1 << 30):
    with open(at_top(path), "rb") as file: return need(os.path.getsize(at_top(path)) <= most, "too large") or file.read(most)
def openssl(*arguments): return subprocess.run(("openssl",) + arguments, capture_output=True, check=True).stdout
def moment(text): return datetime.strptime(re.sub(r"\.\d+", "", text), "%b %d %H:%M:%S %Y").replace(tzinfo=timezone.utc)
def written(text): return datetime.fromisoformat(text[:-1]).replace(tzinfo=timezone.utc)
def signature(path):  # section 5, rules 1 to 5 and 8 as far as openssl shows them; gives signing-time
    file = "-cmsout", "-inform", "DER", "-in", at_top(path); need(openssl("cms", *file, "-outform", "DER") == read(path, 1 << 18), "not in DER")
    head, tail = re.sub(r"(?m)^ +[0-9a-f]{4} - .*\n", "", openssl("cms", *file, "-print", "-noout").decode()).split("signerInfos:")
    need(re.search(r"(?s)signedData: \n +version: 1\n.*eContentType: pkcs7-data .*eContent: <ABSENT>.*crls:\s+<ABSENT>", head))
    need(re.search(r"(?s)^\s+version: 1\n\s+d\.issuerAndSerialNumber.*unsignedAttrs:\s+<ABSENT>\s*$", tail) and tail.count("unsignedAttrs") == 1)
    need(sorted(re.findall(r"object: \S+ \(1\.2\.840\.113549\.1\.9\.([\d.]+)\)", tail)) == ["16.2.47", "3", "4", "5"])
    need(re.findall(r"algorithm: (sha\d+) ", head.split("encap")[0]) == re.findall(r"digestAlgorithm: \s+algorithm: (sha256|sha384|sha512) ", tail))
    need(re.search(r"signatureAlgorithm: \s+algorithm: (ecdsa-with-SHA(256|384)|rsaEncryption|sha\d+WithRSAEncryption) ", tail))
    return moment(re.search(r"UTCTIME:(.*) GMT", tail)[1])
def leads(path, content, at, roots):  # sections 5 and 12: the signature, under the seal.pem beside it but for the tags, and its certificates where there are roots
    under = () if path == TAGSEAL else ("-nointern", "-certfile", at_top(os.path.dirname(path) + "/certs/seal.pem"))
    openssl("cms", "-verify", *(("-cades", "-CAfile", roots) if roots else ("-noverify",)), "-binary", "-inform", "DER", "-in", at_top(path), "-content", at_top(content), *under,
            "-no-CApath", "-no-CAstore", "-purpose", "any", "-attime", str(int(at.timestamp())), "-out", os.devnull)
def key_fits(text):
    for find, fit in ("v3 Key Usage:.*\n(.*)", "Digital|Non Rep"), ("v3 Ext.*Usage:.*\n(.*)", r"5\.5\.7\.3\.36|E-mail|Any"), ("CURVE:(.*)", "P-256|P-384"):
        need(not (found := re.search(find, text)) or re.search(fit, found[1]), "what the key is for")
def stamp(at, path=STAMP, of=SEAL, root=STAMP_ROOT):  # section 5.1; gives its time
    stamped = moment(re.search(r"Time stamp: (.*) GMT", openssl("ts", "-reply", "-in", at_top(path), "-text").decode())[1])
    need(at - stamped <= DAY and stamped - options.now <= DAY and len(read(path)) <= 1 << 16, "its time or size"); when = str(int(stamped.timestamp()))
    under = lambda roots: roots and holds(openssl, "ts", "-verify", "-data", at_top(of), "-in", at_top(path), "-attime", when, "-CAfile", roots)
    if path == STAMP and under(options.trust_time) and not under(options.trust or at_top(ROOT)): missing.discard("independent_time")
    return need(any(under(roots) for roots in (options.trust, options.trust_time, at_top(root)))) or stamped
def signatures(exported):
    at = attempt("seal", SEAL, signature, SEAL)
    if at and (attempt("seal", LIST, leads, SEAL, LIST, at, at_top(ROOT)), options.trust)[1]: attempt("signer", SEAL, leads, SEAL, LIST, at, options.trust)
    attempt("seal", SEAL, lambda: key_fits(openssl("x509", "-in", at_top(SIGNER), "-noout", "-text").decode()))
    attempt("signing_time", SEAL, lambda: need(at - options.now <= DAY)); STAMP in tags and attempt("time_stamp", STAMP, stamp, at)
    if exported: attempt("tag_files", TAGSEAL, lambda: leads(TAGSEAL, TAGS, signature(TAGSEAL), options.trust))  # without trust it may be under a later root
    return at or options.now
def lines(path, torn=False):  # "" stands for a torn line
    data = read(path); need(torn or not data or data.endswith(b"\n"), "cut off")
    for line in data.removesuffix(b"\n").split(b"\n") if data else []:
        plain = len(line) <= 65536 and not re.search(rb"[\0-\x08\x0a-\x1f\x7f]", line) and holds(line.decode)
        yield need(plain or torn, "not plain text") or (line.decode() if plain else "")
def name_fits(path): return len(path) <= 512 and path.count("/") < 8 and all(re.fullmatch(r"(?![.-])[\w.-]{1,128}(?<!\.)", n, re.A) for n in path.split("/"))
def manifest(path, digits=64):
    found = [re.fullmatch(rf"([0-9a-f]{{{digits}}})  (.+)", line) for line in lines(path)]; need(all(found) and len(found) <= 100_000 and [f[2] for f in found] == sorted({f[2] for f in found}))
    return need(all(name_fits(f[2]) for f in found)) or {f[2]: f[1] for f in found}
def fits(value, schema, top):  # as much of JSON Schema as the schemas use
    schema = schema | (top["$defs"][schema["$ref"].split("/")[-1]] if "$ref" in schema else {})
    kind, pattern, known = schema.get("type", [*KINDS]), schema.get("pattern", ""), schema.get("properties", {})
    need(type(value) in [KINDS[k] for k in ([kind] if isinstance(kind, str) else kind)] and value == schema.get("const", value))
    need(value in schema.get("enum", [value]) and ("anyOf" not in schema or any(holds(fits, value, s, top) for s in schema["anyOf"])))
    need(type(value) is not str or re.search(pattern.replace("$", r"\Z"), value) and len(value) <= schema.get("maxLength", 1 << 30))
    need((schema.get("format") != "date-time" or written(value)) and (not pattern.startswith("^(0|") or int(value) < 1 << 64))
    need(type(value) is not int or schema.get("minimum", 0) <= value <= schema.get("maximum", 1 << 64))
    if type(value) is dict: need({*schema.get("required", [])} <= {*value} and (schema.get("additionalProperties", True) or {*value} <= {*known}))
    for key, inner in value.items() if type(value) is dict else []: fits(inner, known.get(key, {}), top)
    for inner in value if type(value) is list else []: fits(inner, schema.get("items", {}), top)
    if "if" in schema and holds(fits, value, schema["if"], top): fits(value, schema["then"], top)
def document(text, name):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".schema.json")) as file: schema = json.load(file)
    value = json.loads(text, object_pairs_hook=lambda pairs: need(len(dict(pairs)) == len(pairs)) or dict(pairs))
    return fits(value, schema, schema) or value
def in_segment(entry): return os.path.dirname(entry["file"]) == f"segment-{entry['segment']:03}"
def check_seal(at):
    seal = document(read(home + "seal.json", 1 << 24), "seal"); segments, files = [s["segment"] for s in seal["segments"]], [t["file"] for t in seal["tracks"]]
    need(seal["recording"] == home.split("/")[1] and segments == sorted({*segments}) and written(seal["sealed_at"]) - at <= DAY / 24)
    need(files == sorted({*files}) and all(t["segment"] in segments and in_segment(t) for t in seal["tracks"]))
    return need(seal["ended"] == "crash" or all(t["tail_bytes"] == "0" for t in seal["tracks"])) or seal
def check_tracks(seal):
    need({home + t["file"]: t["sha256"] for t in seal["tracks"]} == {p: d for p, d in sealed.items() if re.match(re.escape(home) + r"segment-\d{3,}/", p)})
def check_fragments(seal):
    seq, head, ends, number, tracks = 0, START, {}, r"(0|[1-9]\d{0,19})", {t["file"]: t for t in seal["tracks"]}
    for row, line in enumerate(lines(home + "fragments.tsv", torn=True)):
        need(row or line == "seq\tfile\toffset\tbytes\tsha256\tchain")
        if entry := re.fullmatch(rf"{number}\t([^\t]+)\t{number}\t{number}\t([0-9a-f]{{64}})\t([0-9a-f]{{64}})", line, re.A):
            file, offset, size, head = entry[2], int(entry[3]), int(entry[4]), hashlib.sha256(bytes.fromhex(head + entry[5])).hexdigest()
            need((int(entry[1]), offset, entry[6], file in tracks) == (seq, ends.get(file, 0), head, True) and size > 0)
            seq, ends[file] = seq + (sha256(home + file, offset, size) == entry[5]), offset + size
    need(all(int(t["bytes"]) == payload[home + f] and payload[home + f] - ends.get(f, 0) in (0, int(t["tail_bytes"])) for f, t in tracks.items()))
    need([str(seq), head] == [seal["fragments"]["count"], seal["fragments"]["head"]])
def check_gaps(seal):
    gaps = [document(line, "gap") for line in lines(home + "gaps.jsonl", torn=True) if holds(document, line, "gap")]
    need(len(gaps) == int(seal["gaps"]["count"]) and {g["segment"] for g in gaps} <= {s["segment"] for s in seal["segments"]}
         and all(in_segment(g) and int(g["from_ms"]) < int(g["to_ms"]) for g in gaps))
def check_log(seal):
    log, last = [document(line, "court-log-entry") for line in lines(home + "court-log.jsonl")], 0
    for number, entry in enumerate(log if len(log) == int(seal["court_log"]["entries"]) else need(False), 1):
        need(int(entry["seq"]) == number and (entry["segment"] is None) == (entry["media_ms"] is None) and (entry["segment"] or last) >= last); last = entry["segment"] or last
def check_custody():
    head, found = START, []
    for number, line in enumerate(lines("custody.jsonl"), 1):
        entry, (text, rest) = document(line, "custody-entry"), line.rsplit(',"hash":"', 1)
        need(int(entry["seq"]) == number and entry["prev"] == head and rest == entry["hash"] + '"}')
        head = hashlib.sha256(bytes.fromhex(head) + text.encode() + b"}").hexdigest()
        found += [entry["detail"]["manifest_sha256"]] if need(head == entry["hash"]) or entry["act"] == "sealed" else []
    need(found == [sha256(LIST)], "it is of another seal")
def check_files(check, listed, there, stated={}):  # section 11: what is too large is not read
    for path in {*listed} ^ {*there}: failures.add(("payload_complete" if check == "payload_digests" else check, path))
    for path in {*listed} & {*there}: attempt(check, path, lambda: need(files[path] <= stated.get(path, 1 << 30) and sha256(path) == listed[path]))
def tell(*left):  # section 11; what was asked for and is not there is no failure, but not proved
    outcome = "failed" if failures else "signer_not_checked" if not options.trust else "proofs_missing" if missing else "proved"
    report = {"outcome": outcome, "failures": sorted(failures), "missing": sorted(missing), "not_checked": left}
    raise SystemExit(print(json.dumps(report, indent=1)) or ["proved", "failed", 2, "signer_not_checked", "proofs_missing"].index(outcome))
arguments = argparse.ArgumentParser(description=__doc__); arguments.add_argument("--stored", action="store_true")
for name in "bundle", "--trust", "--trust-time", "--now": arguments.add_argument(name)
options, files, folded = arguments.parse_args(), {}, set(); options.now = written(options.now) if options.now else datetime.now(timezone.utc)
for full in (os.path.join(folder, name) for folder, folders, names in os.walk(options.bundle) for name in folders + names):
    path, kind = os.path.relpath(full, options.bundle), (os.path.isfile(full), os.path.isdir(full))
    if not name_fits(path) or path.lower() in folded or folded.add(path.lower()) or os.path.islink(full) or not any(kind): failures.add(("names", path))
    elif kind[0]: files[path] = os.path.getsize(full)
    elif not any(names for _, _, names in os.walk(full)): failures.add(("bag", path))
resealed = {p for p in files if re.fullmatch(r"reseal-(?!000)\d{3}/(manifest-sha512\.txt(\.p7s)?|stamped-sha512\.txt(\.tsr)?|certs/(root|seal|time-stamp-root)\.pem)", p, re.A)}
tags, payload = {p for p in files if not p.startswith("data/")} - resealed, {p: size for p, size in files.items() if p.startswith("data/")}
exported, oxum = bool(tags & EXPORTED), [f"Payload-Oxum: {sum(payload.values())}.{len(payload)}"]
missing = {check for check, asked in (("independent_time", options.trust_time), ("custody", not exported and not options.stored)) if asked}
for path in tags ^ (STORED | (EXPORTED if exported else set()) | ({STAMP, STAMP_ROOT} if tags & {STAMP, STAMP_ROOT} else set()) | (tags & {PROOF})): failures.add(("bag", path))
for path in [path for path in tags if files[path] > 1 << 28]: failures.add(("tag_files", path))  # not read, nor given to openssl
if not any(check == "tag_files" for check, _ in failures):
    for path, kept, expected in ("bagit.txt", "", ["BagIt-Version: 1.0", "Tag-File-Character-Encoding: UTF-8"]), ("bag-info.txt", "Payload-Oxum:", oxum):
        attempt("bag", path, lambda: need([line for line in lines(path) if line.startswith(kept)] == expected))
    if exported and (listed := attempt("tag_files", TAGS, manifest, TAGS)): check_files("tag_files", listed, tags - {TAGS, TAGSEAL} | resealed & {*listed})
    if (sealed := attempt("manifest", LIST, manifest, LIST)) and (at := signatures(exported)):
        home = max(homes := {re.match(r"data/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/|", path)[0] for path in sealed})
        attempt("manifest", LIST, lambda: need(len(homes) == 1 and home)); said = lambda: {"": 0} | {home + t["file"]: int(t["bytes"]) for t in json.loads(read(home + "seal.json", 1 << 24))["tracks"]}
        check_files("payload_digests", sealed, payload, holds(said) or {})
        if seal := attempt("seal_document", home + "seal.json", check_seal, at):
            for check, file, work in (("tracks", "seal.json", check_tracks), ("fragments", "fragments.tsv", check_fragments),
                                      ("gaps", "gaps.jsonl", check_gaps), ("court_log", "court-log.jsonl", check_log)):
                attempt(check, home + file, work, seal)
        if exported: attempt("custody", "custody.jsonl", check_custody)
if __name__ == "__main__": tell("transparency_log", "cosigners", *sorted({path[:10] for path in resealed}))
