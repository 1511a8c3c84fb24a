import { sha256 } from "./bytes";
import { Contents } from "./contents";
import { verifyDisposal } from "./disposal";
import { sha256Of, sha512Of } from "./hash";
import * as layout from "./layout";
import { checkCustody } from "./ledgers";
import { Fault, TooManyLines } from "./lines";
import { Log } from "./log";
import { type Manifest, readManifest } from "./manifest";
import { type Observe, Recording } from "./recording";
import { type CheckCode, Findings, type Report } from "./report";
import { Reseals } from "./reseal";
import { type Seal, Signatures, type Trust } from "./signature";
import type { Source } from "./source";

/** Verifies a bundle that may come from an enemy, in the order and with the checks of recordings-schema/README.md: first what is
 *  there at all, then who signed what, then the bytes, then whether the documents agree with each other. `now` is this
 *  computer's clock in milliseconds; it serves only to notice a seal from the future. */
export async function verify(source: Source, trust: Trust, now: number, observe: Observe): Promise<Report> {
  const findings = new Findings();
  const contents = new Contents(source, findings);
  if (contents.size(layout.DISPOSAL) !== undefined) return verifyDisposal(contents, trust, now, findings);
  const exported = await contents.checkForm();
  const sealed = await manifestOf(contents, layout.MANIFEST, "manifest", findings);
  if (!sealed) return findings.report();
  findings.proved("manifest", `${sealed.manifest.size} files are listed, each once and in order`);
  const manifestSha256 = await sha256(sealed.bytes);
  findings.manifestSha256 = manifestSha256;
  const signatures = new Signatures(contents, trust, now, findings);
  const seal = await signatures.seal(sealed.bytes);
  findings.rootFingerprint = seal?.rootFingerprint ?? null;
  await signatures.stamp(seal);
  await new Log(contents, trust.logKeys, now, findings).check(manifestSha256);
  if (exported) await checkTagFiles(contents, signatures, seal, findings);

  const id = recordingOf(sealed.manifest, findings);
  findings.recording = id;
  const recording = new Recording(contents, sealed.manifest, id ?? "", findings);
  recording.checkComplete();
  if (id) await recording.read(seal);
  await recording.checkDigests(observe);
  await recording.checkDocuments();
  await new Reseals(contents, signatures, sealed.manifest, seal, now, findings, observe).check();

  if (exported) await checkCustodyFile(contents, manifestSha256, findings);
  else
    findings.missingIf(
      !trust.stored,
      "custody",
      "the chain of custody and the signed list of the files beside the recording are not there: with a bundle that a court hands out they come. If this is how the court stores it, say so",
      "this is the stored form; the chain of custody comes with an exported bundle",
    );
  // What no bundle can prove, said each time, so that nobody takes silence for a proof.
  findings.notChecked("revocation", "whether a certificate was revoked needs a connection; ask the court");
  findings.notChecked("content", "that the bytes are unchanged says nothing of who is seen and what is said");
  return findings.report();
}

/** Reads one of the two manifests. */
export async function manifestOf(
  contents: Contents,
  path: string,
  check: CheckCode,
  findings: Findings,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; manifest: Manifest } | null> {
  const bytes = await contents.small(path, layout.MANIFEST_BYTES_MAX, check);
  if (!bytes) return null;
  try {
    return { bytes, manifest: await readManifest(bytes) };
  } catch (error) {
    if (!(error instanceof Fault || error instanceof TooManyLines)) throw error;
    findings.failed(check, path, error.message);
    return null;
  }
}

/** The recording whose payload this is: the only folder below `data/`. */
function recordingOf(manifest: Manifest, findings: Findings): string | null {
  let found: string | null = null;
  for (const path of manifest.keys()) {
    const [, id] = /^data\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\//.exec(path) ?? [];
    if (!id || (found && id !== found)) {
      const why = `it lists ${path}, which is not below the one folder data/<recording>/`;
      findings.failed("manifest", layout.MANIFEST, why);
      return null;
    }
    found = id;
  }
  if (!found) findings.failed("manifest", layout.MANIFEST, "it lists no file");
  return found;
}

/** Checks the tag manifest, its signature, and every tag file against it. */
async function checkTagFiles(
  contents: Contents,
  signatures: Signatures,
  seal: Seal | null,
  findings: Findings,
): Promise<void> {
  const path = layout.TAG_MANIFEST;
  if (contents.size(path) === undefined) return; // named as missing already
  const tags = await manifestOf(contents, path, "tag_files", findings);
  if (!tags) return;
  const unlisted = [path, layout.TAG_MANIFEST_SIGNATURE];
  const lastReseal = Math.max(0, ...[...tags.manifest.keys()].map((listed) => layout.resealOf(listed) ?? 0));
  for (const file of contents.tagFiles()) {
    if (unlisted.includes(file)) continue;
    // Made after the bundle was handed out.
    if (!tags.manifest.has(file) && (layout.resealOf(file) ?? 0) > lastReseal) continue;
    const expected = tags.manifest.get(file);
    const content = contents.open(file);
    if (!expected) findings.failed("tag_files", file, "it is not listed in tagmanifest-sha256.txt");
    else if (typeof content === "string") findings.failed("tag_files", file, content);
    else {
      const found = await digestOrNull(content);
      if (found === null) findings.failed("tag_files", file, "it cannot be read");
      else if (found !== expected) findings.failed("tag_files", file, "it is not as it was handed out");
    }
  }
  for (const listed of tags.manifest.keys()) {
    if (listed.startsWith(layout.DATA) || unlisted.includes(listed))
      findings.failed("tag_files", path, `it lists ${listed}, which is no tag file`);
    else if (contents.size(listed) === undefined)
      findings.failed("tag_files", listed, "it is listed in tagmanifest-sha256.txt and missing");
  }
  // Without a seal that holds there is no root to check against, and the bundle has failed already.
  const files: [string, string] = [path, layout.TAG_MANIFEST_SIGNATURE];
  const at = seal && (await signatures.further(tags.bytes, files, "tag_files", seal));
  if (at !== null)
    findings.provedUnlessFailed(
      "tag_files",
      `${tags.manifest.size} files as they were handed out, signed ${new Date(at).toISOString()}`,
    );
}

async function digestOrNull(file: Blob): Promise<string | null> {
  try {
    return await sha256Of(file);
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}

async function checkCustodyFile(
  contents: Contents,
  manifestSha256: string,
  findings: Findings,
): Promise<void> {
  const path = layout.CUSTODY;
  if (contents.size(path) === undefined) return; // named as missing already
  const file = contents.open(path);
  try {
    if (typeof file === "string") throw new Fault(file);
    const resealed: [string, string][] = [];
    const detail = await checkCustody(file, manifestSha256, (...entry) => resealed.push(entry));
    for (const [folder, expected] of resealed) {
      const path = `${folder}/stamped-sha512.txt`;
      const content = layout.resealOf(path) === null ? undefined : contents.files.get(path);
      if (
        !content ||
        content.size > layout.RESEAL_STAMPED_BYTES_MAX ||
        (await sha512Of(content)) !== expected
      )
        findings.failed("custody", path, "it is not there as the chain of custody speaks of it");
    }
    findings.provedUnlessFailed("custody", detail);
    findings.trusted("custody", "that every act was entered: by the word of the court");
  } catch (error) {
    if (error instanceof DOMException) findings.failed("custody", path, "it cannot be read");
    else if (error instanceof Fault || error instanceof TooManyLines)
      findings.failed("custody", path, error.message);
    else throw error;
  }
}
