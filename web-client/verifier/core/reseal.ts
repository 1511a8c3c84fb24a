import { Unsupported } from "./algorithms";
import { colons } from "./bytes";
import type { Signed } from "./cms";
import type { Contents } from "./contents";
import { sha512Of } from "./hash";
import * as layout from "./layout";
import { Fault, TooManyLines } from "./lines";
import { type Manifest, readManifest } from "./manifest";
import type { Observe } from "./recording";
import type { Findings } from "./report";
import { DAY_MS, isCertificate, iso, type Seal, type Signatures } from "./signature";
import { verifyStamp } from "./stamp";
import { type Certificate, fingerprint, subjectOf } from "./x509";

const CHECK = "reseal";
const ALWAYS = [layout.MANIFEST, layout.MANIFEST_SIGNATURE, layout.ROOT_CERTIFICATE, layout.SEAL_CERTIFICATE];

/** Something that shows that the recording was there at a time, and until when its certificates are valid. */
interface Proof {
  name: string;
  at: number;
  until: number;
  trusted: boolean;
}

/** Reseals: a further signature and time-stamp each, over what was there (recordings-schema/README.md, section 5.2). */
export class Reseals {
  /** SHA-512 of every sealed file, once a reseal has asked for it; null of one that cannot be read again. */
  private payload: Map<string, string | null> | null = null;

  constructor(
    private contents: Contents,
    private signatures: Signatures,
    private sealed: Manifest,
    private seal: Seal | null,
    private now: number,
    private findings: Findings,
    private observe: Observe,
  ) {}

  async check(): Promise<void> {
    const numbers = new Set(this.contents.tagFiles().flatMap((path) => layout.resealOf(path) ?? []));
    const proofs: Proof[] = [];
    let before = this.seal?.at ?? null;
    const first = numbers.size > 0 ? await this.first() : null;
    if (first) proofs.push(first);
    for (let number = 1; number <= Math.max(0, ...numbers); number++) {
      const name = layout.resealName(number);
      if (!numbers.has(number)) {
        this.findings.failed(CHECK, name, "it is missing, and later ones are there");
        continue;
      }
      const proof = await this.one(number, before);
      if (!proof) continue;
      before = proof.at;
      proofs.push(proof);
    }
    if (numbers.size > 0) this.sayWhatLasts(proofs);
  }

  private async one(number: number, before: number | null): Promise<Proof | null> {
    const { contents, findings, signatures } = this;
    const failures = findings.failures(CHECK);
    const name = layout.resealName(number);
    const path = (file: string) => `${name}/${file}`;
    const list = path("manifest-sha512.txt");
    const stamped = path("stamped-sha512.txt");
    // Each of them is asked for, so that each that is missing is named.
    const listBytes = await contents.small(list, layout.RESEAL_LIST_BYTES_MAX, CHECK);
    const signature = await contents.small(`${list}.p7s`, layout.SIGNATURE_BYTES_MAX, CHECK);
    const stampedBytes = await contents.small(stamped, layout.RESEAL_STAMPED_BYTES_MAX, CHECK);
    const answer = await contents.small(`${stamped}.tsr`, layout.STAMP_BYTES_MAX, CHECK);
    const root = await this.certificate(path("certs/root.pem"));
    const certificate = await this.certificate(path("certs/seal.pem"));
    const timeRoot = await this.certificate(path("certs/time-stamp-root.pem"));
    if (!listBytes || !signature || !stampedBytes || !answer) return null;

    const own = ["certs/root.pem", "certs/seal.pem", "manifest-sha512.txt", "manifest-sha512.txt.p7s"].map(
      path,
    );
    const ownList = await this.list(stampedBytes, stamped);
    if (ownList && [...ownList.keys()].join() !== own.join())
      findings.failed(CHECK, stamped, "it does not list the reseal's own four files");
    else if (ownList)
      for (const [file, expected] of ownList)
        if (contents.size(file) !== undefined && (await this.sha512(file)) !== expected)
          findings.failed(CHECK, file, "it is not as it was stamped");
    const signed = await signatures.signed(listBytes, list, `${list}.p7s`, CHECK);
    if (!signed) return null;
    if (certificate && (await fingerprint(certificate)) !== (await fingerprint(signed.certificate)))
      findings.failed(
        CHECK,
        path("certs/seal.pem"),
        "it is not the certificate under which the reseal was signed",
      );
    const verified = verifyStamp(answer, stampedBytes);
    const stamp = await signatures.attempt(
      verified,
      CHECK,
      `${stamped}.tsr`,
      stamped,
      "it is not what was stamped",
    );
    if (!stamp) return null;
    const wrong = this.wrongTime(stamp, signed, before);
    if (wrong) findings.failed(CHECK, `${stamped}.tsr`, wrong);
    const signer = await this.lead(signed, root, "documents", `${list}.p7s`);
    const stamper = await this.lead(stamp, timeRoot, "time-stamps", `${stamped}.tsr`);
    const covered = await this.list(listBytes, list);
    if (!signer || !stamper || !covered) return null;
    const covers = await this.covers(number, covered, list);
    if (findings.failures(CHECK) > failures) return null;

    const by = subjectOf(signed.certificate);
    findings.proved(CHECK, `${name} covers ${covers}; signed ${iso(signed.at)} by ${by}, and stamped`);
    const print = colons(await fingerprint(signer.root));
    const who = `who made ${name}: `;
    if (signer.trusted) findings.trusted(CHECK, `${who}by your trust in the root with fingerprint ${print}`);
    else findings.notChecked(CHECK, `${who}its root, ${print}, is none that you trust`);
    const timePrint = await fingerprint(stamper.root);
    const known = [await fingerprint(signer.root), this.seal?.rootFingerprint];
    const ours = known.includes(timePrint) || (await signatures.isOfTheCourt(timePrint));
    const when = `when ${name} was made: ${iso(stamp.at)}, by the word of ${subjectOf(stamp.certificate)}`;
    if (ours) findings.notChecked(CHECK, `${when}, the court's own service`);
    else if (stamper.trusted) findings.trusted(CHECK, `${when}, under ${colons(timePrint)}, which you trust`);
    else findings.notChecked(CHECK, `${when}, whose root, ${colons(timePrint)}, is none that you trust`);
    return {
      name,
      at: stamp.at,
      until: Math.min(stamp.certificate.until, stamper.root.until),
      trusted: stamper.trusted && !ours,
    };
  }

  private certificate(path: string): Promise<Certificate | null> {
    return this.signatures.certificate(path, CHECK);
  }

  private wrongTime(stamp: Signed, signed: Signed, before: number | null): string | null {
    const at = iso(stamp.at);
    if (stamp.at - this.now > DAY_MS) return `made at ${at}, which is after this computer's time`;
    if (Math.abs(stamp.at - signed.at) > DAY_MS)
      return `made at ${at}, more than a day from ${iso(signed.at)}, when it was signed`;
    if (before !== null && before - stamp.at > DAY_MS)
      return `made at ${at}, before what it is over, which is of ${iso(before)}`;
    return null;
  }

  /** Where a certificate leads: to a trusted root, or else at least to the one that came with it. */
  private async lead(
    signed: Signed,
    enclosed: Certificate | null,
    purpose: "documents" | "time-stamps",
    path: string,
  ): Promise<{ root: Certificate; trusted: boolean } | null> {
    // Without one, that failed already.
    if (!enclosed) return null;
    const trusted = await this.signatures.rootOf(signed, this.signatures.trusted(purpose), purpose);
    if (isCertificate(trusted)) return { root: trusted, trusted: true };
    const root = await this.signatures.rootOf(signed, [enclosed], purpose);
    if (isCertificate(root)) return { root, trusted: false };
    if (root instanceof Unsupported) this.findings.notChecked(CHECK, root.message);
    else this.findings.failed(CHECK, path, `${subjectOf(signed.certificate)}: ${root}`);
    return null;
  }

  private async list(bytes: BlobPart, path: string): Promise<Manifest | null> {
    try {
      return await readManifest(bytes, 128);
    } catch (error) {
      if (!(error instanceof Fault || error instanceof TooManyLines)) throw error;
      this.findings.failed(CHECK, path, error.message);
      return null;
    }
  }

  private async sha512(path: string, progressed?: (bytes: number) => void): Promise<string | null> {
    const file = this.contents.files.get(path);
    try {
      return file ? await sha512Of(file, progressed) : null;
    } catch (error) {
      if (error instanceof DOMException) return null;
      throw error;
    }
  }

  /** Checks the list of what is covered; says what that is. */
  private async covers(number: number, covered: Manifest, list: string): Promise<string> {
    const { contents, findings } = this;
    const isEarlier = (path: string) => (layout.resealOf(path) ?? number) < number;
    let files = 0;
    for (const [path, expected] of covered) {
      if (path.startsWith(layout.DATA)) {
        files += 1;
        if (!this.sealed.has(path)) findings.failed(CHECK, list, `it lists ${path}, which was not sealed`);
        continue;
      }
      const ofSeal = path.startsWith("seal/") && path !== layout.TAG_MANIFEST_SIGNATURE;
      if (path !== layout.MANIFEST && !ofSeal && !isEarlier(path))
        findings.failed(CHECK, list, `it lists ${path}, which no reseal covers`);
      else if (contents.size(path) === undefined)
        findings.failed(CHECK, path, "a reseal covers it, and it is missing");
      else if (typeof contents.open(path) === "string" || (await this.sha512(path)) !== expected)
        findings.failed(CHECK, path, "it is not as it was when the reseal was made");
    }
    for (const path of [...contents.tagFiles().filter(isEarlier), ...ALWAYS])
      if (!covered.has(path)) findings.failed(CHECK, list, `it does not list ${path}`);
    const seal = number === 1 ? "the seal" : `the seal and the ${number - 1} earlier`;
    if (files === 0) return `${seal}, and through the seal's list, by SHA-256, every file`;
    const payload = await this.readPayload();
    for (const path of this.sealed.keys()) {
      const expected = covered.get(path);
      if (expected === undefined) findings.failed(CHECK, list, `it does not list ${path}`);
      // What is not among them was named already, as missing or not as it was sealed.
      else if (payload.has(path) && payload.get(path) !== expected)
        findings.failed(CHECK, path, "it is not as it was when the reseal was made");
    }
    return `${seal}, and each of the ${files} files, all by SHA-512`;
  }

  private async readPayload(): Promise<Map<string, string | null>> {
    if (this.payload) return this.payload;
    const files = this.contents
      .payload()
      .filter(([path]) => this.sealed.has(path) && !this.findings.names(path));
    const total = files.reduce((sum, [, file]) => sum + file.size, 0);
    let done = 0;
    this.payload = new Map();
    for (const [path] of files) {
      const progressed = (bytes: number) => {
        done += bytes;
        this.observe(done, total);
      };
      this.payload.set(path, await this.sha512(path, progressed));
    }
    return this.payload;
  }

  /** The proof that the recording was sealed with: its time-stamp, or else its signature. What does not hold failed already. */
  private async first(): Promise<Proof | null> {
    const { seal, signatures } = this;
    if (!seal) return null;
    const stamp = signatures.sealStamp;
    if (!stamp) return { name: "the signature of the seal", at: seal.at, until: seal.until, trusted: false };
    const root = await signatures.rootOf(stamp, signatures.trusted("time-stamps"), "time-stamps");
    const until = isCertificate(root)
      ? Math.min(stamp.certificate.until, root.until)
      : stamp.certificate.until;
    return { name: "the time-stamp of the seal", at: stamp.at, until, trusted: false };
  }

  private sayWhatLasts(proofs: Proof[]): void {
    const [oldest, newest] = [proofs[0], proofs.at(-1)];
    if (!oldest || !newest || proofs.length < 2) return;
    const doubts = proofs.flatMap((later, i) => {
      const earlier = proofs[i - 1];
      return earlier && later.at > earlier.until
        ? [`${later.name} came when the certificate of ${earlier.name} had run out at ${iso(earlier.until)}`]
        : [];
    });
    if (newest.until < this.now) doubts.push(`the certificate of ${newest.name} has run out`);
    if (!newest.trusted)
      doubts.push("its time is the court's own word, or of somebody whom you do not trust");
    const words = ({ name, at, until }: Proof) =>
      `${name}, of ${iso(at)}, under a certificate valid until ${iso(until)}`;
    const detail = `the oldest proof is ${words(oldest)}; the newest is ${words(newest)}`;
    if (doubts.length === 0) this.findings.trusted("lasting", detail);
    else this.findings.notChecked("lasting", `${detail}. But ${doubts.join("; ")}`);
  }
}
