import { Unsupported } from "./algorithms";
import { sha256 } from "./bytes";
import type { Contents } from "./contents";
import { type DisposalDocument, readDisposal } from "./documents";
import * as layout from "./layout";
import { readCustody, resealIn } from "./ledgers";
import { Fault, TooManyLines } from "./lines";
import { Log } from "./log";
import type { Findings, Report } from "./report";
import { DAY_MS, isCertificate, iso, type Seal, Signatures, type Trust } from "./signature";
import { verifyStamp } from "./stamp";
import { manifestOf } from "./verify";
import { subjectOf } from "./x509";

const CHECK = "disposal";
const FILES = [
  layout.DISPOSAL,
  layout.DISPOSAL_SIGNATURE,
  layout.DISPOSAL_STAMP,
  layout.DISPOSAL_STAMP_ROOT,
  layout.CUSTODY,
  layout.MANIFEST,
  layout.MANIFEST_SIGNATURE,
  layout.ROOT_CERTIFICATE,
  layout.SEAL_CERTIFICATE,
];

/** Verifies the certificate of a disposal (section 10.1). */
export async function verifyDisposal(
  contents: Contents,
  trust: Trust,
  now: number,
  findings: Findings,
): Promise<Report> {
  checkFiles(contents, findings);
  const sealed = await manifestOf(contents, layout.MANIFEST, "manifest", findings);
  if (!sealed) return findings.report();
  findings.proved("manifest", `${sealed.manifest.size} files are listed, each once and in order`);
  const manifestSha256 = await sha256(sealed.bytes);
  findings.manifestSha256 = manifestSha256;
  // What was destroyed: the seal over the list of its files still holds.
  const signatures = new Signatures(contents, trust, now, findings);
  const seal = await signatures.seal(sealed.bytes);
  findings.rootFingerprint = seal?.rootFingerprint ?? null;
  await signatures.stamp(seal);
  await new Log(contents, trust.logKeys, now, findings).check(manifestSha256);
  const read = await readDocument(contents, manifestSha256, sealed.manifest.size, findings);
  if (read) {
    findings.recording = read.document.recording;
    findings.disposal = read.document;
    if (seal) {
      await checkSigned(contents, signatures, read.bytes, read.document, seal, now, findings);
      await checkCustody(contents, read.bytes, read.document, manifestSha256, findings);
    }
  }
  findings.notChecked(
    "content",
    "that nothing is left anywhere cannot be proved: the court says what it destroyed",
  );
  findings.notChecked("revocation", "whether a certificate was revoked needs a connection; ask the court");
  return findings.report();
}

function checkFiles(contents: Contents, findings: Findings): void {
  for (const file of FILES)
    if (contents.size(file) === undefined) findings.failed(CHECK, file, "it is missing");
  const [stamp, root] = layout.STAMPED.map((file) => contents.size(file) !== undefined);
  if (stamp !== root) findings.failed(CHECK, layout.TIME_STAMP, "a time-stamp and its root come together");
  const belongs = new Set([...FILES, ...layout.STAMPED, layout.LOG_PROOF]);
  for (const file of contents.files.keys())
    if (!belongs.has(file)) findings.failed(CHECK, file, "it does not belong to a certificate of disposal");
}

async function readDocument(
  contents: Contents,
  manifestSha256: string,
  files: number,
  findings: Findings,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; document: DisposalDocument } | null> {
  const path = layout.DISPOSAL;
  const bytes = await contents.small(path, layout.DISPOSAL_BYTES_MAX, CHECK);
  if (!bytes) return null;
  let document: DisposalDocument;
  try {
    document = readDisposal(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    if (!(error instanceof Fault || error instanceof TypeError)) throw error;
    findings.failed(CHECK, path, error instanceof Fault ? error.message : "it is not UTF-8");
    return null;
  }
  const { proposed, approved, rule } = document;
  const wrong = (why: string) => findings.failed(CHECK, path, why);
  if (document.manifest_sha256 !== manifestSha256) wrong("it speaks of another list of files");
  if (document.files !== String(files)) wrong("it counts other files than the list has");
  if (proposed.by === approved.by) wrong("one person proposed and approved it");
  // Each has one spelling, so they sort as text.
  const times = [document.sealed_at, proposed.at, approved.at, document.issued_at];
  if (times.join() !== times.slice().sort().join()) wrong("its times are out of order");
  if (rule.kept_until >= proposed.at.slice(0, 10)) wrong("it was proposed before the rule allowed it");
  return { bytes, document };
}

async function checkSigned(
  contents: Contents,
  signatures: Signatures,
  bytes: Uint8Array,
  document: DisposalDocument,
  seal: Seal,
  now: number,
  findings: Findings,
): Promise<void> {
  const files: [string, string] = [layout.DISPOSAL, layout.DISPOSAL_SIGNATURE];
  const at = await signatures.further(bytes, files, CHECK, seal);
  if (at === null) return;
  if (Math.abs(at - Date.parse(document.issued_at)) > DAY_MS || at - now > DAY_MS)
    findings.failed(
      CHECK,
      layout.DISPOSAL_SIGNATURE,
      `it was signed at ${iso(at)}, and says ${document.issued_at}`,
    );
  const stamped = await checkStamp(contents, signatures, at, now, findings);
  const { rule, proposed, approved } = document;
  findings.provedUnlessFailed(
    CHECK,
    `the certificate is signed, ${iso(at)}${stamped}: ${document.files} files with ${document.bytes} bytes, kept until ${rule.kept_until} (${rule.class}, decided on ${rule.decided_on})`,
  );
  findings.trusted(
    CHECK,
    `proposed by ${proposed.by}, approved by ${approved.by}; ${document.method}: by the word of the court`,
  );
  const copy = document.second_store;
  if (copy) findings.trusted(CHECK, `${inSecondStore(copy)}: by the word of the court`);
}

function inSecondStore(copy: NonNullable<DisposalDocument["second_store"]>): string {
  const what = `the copy in the court's second store (number ${copy.store})`;
  switch (copy.outcome) {
    case "deleted":
      return `${what} was deleted as well`;
    case "locked":
      return `${what} was NOT deleted yet: that store keeps it locked until ${copy.locked_until}`;
    case "not_deleted":
      return `${what} was NOT deleted yet: that store did not answer or refused`;
  }
}

/** The time-stamp over the signature; says by whom and when. */
async function checkStamp(
  contents: Contents,
  signatures: Signatures,
  signedAt: number,
  now: number,
  findings: Findings,
): Promise<string> {
  const path = layout.DISPOSAL_STAMP;
  const answer = await contents.small(path, layout.STAMP_BYTES_MAX, CHECK);
  const signature = await contents.small(layout.DISPOSAL_SIGNATURE, layout.SIGNATURE_BYTES_MAX, CHECK);
  const enclosed = await signatures.certificate(layout.DISPOSAL_STAMP_ROOT, CHECK);
  if (!answer || !signature || !enclosed) return "";
  const stamped = await signatures.attempt(
    verifyStamp(answer, signature),
    CHECK,
    path,
    path,
    "it is over something else",
  );
  if (!stamped) return "";
  const roots = [...signatures.trusted("time-stamps"), enclosed];
  const root = await signatures.rootOf(stamped, roots, "time-stamps");
  if (root instanceof Unsupported) findings.notChecked(CHECK, root.message);
  else if (!isCertificate(root)) findings.failed(CHECK, path, root);
  if (Math.abs(stamped.at - signedAt) > DAY_MS || stamped.at - now > DAY_MS)
    findings.failed(CHECK, path, `it was made at ${iso(stamped.at)}, far from the signature`);
  return `, stamped ${iso(stamped.at)} by ${subjectOf(stamped.certificate)}`;
}

/** The chain of custody: unbroken, of this seal, with the disposal in it. */
async function checkCustody(
  contents: Contents,
  bytes: Uint8Array,
  document: DisposalDocument,
  manifestSha256: string,
  findings: Findings,
): Promise<void> {
  const path = layout.CUSTODY;
  if (contents.size(path) === undefined) return; // named as missing already
  const file = contents.open(path);
  const certificate = await sha256(bytes);
  const lacks = new Set([
    "the sealing of this list of files",
    "the proposal",
    "the approval",
    "the entry at which the certificate was written",
    "the end of the disposal, with this certificate",
  ]);
  const [sealing, proposal, approval, written, end] = lacks;
  const reseals: [string, string][] = [];
  const notes: [string, string][] = [];
  const approving = new Set<string>();
  let logged: string | null = null;
  try {
    if (typeof file === "string") throw new Fault(file);
    const { count, head } = await readCustody(file, (entry) => {
      const { act, by, detail, seq, hash } = entry;
      if (act === "sealed" && detail.manifest_sha256 === manifestSha256) lacks.delete(sealing ?? "");
      if (act === "disposal_proposed" && by === document.proposed.by) lacks.delete(proposal ?? "");
      if (act === "disposal_decided" && by === document.approved.by) {
        // It was begun for that reason, and then done: what was turned down or refused is no approval.
        if (detail.approves === true && detail.reason_sha256 === document.approved.reason_sha256)
          approving.add(seq);
        if (detail.ok === true && approving.has(String(detail.begun))) lacks.delete(approval ?? "");
      }
      if (act === "disposed" && detail.ok === true && detail.certificate_sha256 === certificate)
        lacks.delete(end ?? "");
      if (BigInt(seq) > BigInt(document.custody.entries)) return;
      // Up to there the signed certificate holds the chain.
      if (seq === document.custody.entries && hash === document.custody.head) lacks.delete(written ?? "");
      const reseal = resealIn(entry);
      if (reseal) reseals.push(reseal);
      if (act === "annotated") notes.push([seq, hash]);
      if (act === "logged") logged = typeof detail.sha256 === "string" ? detail.sha256 : "";
    });
    const saidReseals = (document.reseals ?? []).map((r) => [r.folder, r.stamped_sha512]);
    const saidNotes = (document.annotations ?? []).map((n) => [n.entry, n.hash]);
    if (JSON.stringify([saidReseals, saidNotes]) !== JSON.stringify([reseals, notes]))
      findings.failed(
        CHECK,
        layout.DISPOSAL,
        "it names other reseals or notes than the chain of custody has",
      );
    await checkLogProof(contents, logged, findings);
    for (const what of lacks) findings.failed("custody", path, `it lacks ${what}`);
    findings.provedUnlessFailed("custody", `${count} entries, chained without a break, ending in ${head}`);
  } catch (error) {
    if (error instanceof DOMException) findings.failed("custody", path, "it cannot be read");
    else if (error instanceof Fault || error instanceof TooManyLines)
      findings.failed("custody", path, error.message);
    else throw error;
  }
}

/** The proof of the log is the one that the chain of custody names. */
async function checkLogProof(contents: Contents, named: string | null, findings: Findings): Promise<void> {
  const path = layout.LOG_PROOF;
  const isThere = contents.size(path) !== undefined;
  if (named === null) {
    if (isThere)
      findings.notChecked(
        "transparency_log",
        "the chain of custody does not name the proof of the log: an older certificate, from which it can be left out",
      );
    return;
  }
  if (!isThere) {
    findings.failed("transparency_log", path, "it is missing; the chain of custody names it");
    return;
  }
  const bytes = await contents.small(path, layout.LOG_PROOF_BYTES_MAX, "transparency_log");
  if (bytes && (await sha256(bytes)) !== named)
    findings.failed("transparency_log", path, "it is another than the chain of custody names");
}
