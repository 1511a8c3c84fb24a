import { Unsupported } from "./algorithms";
import { colons, sha256 } from "./bytes";
import { OtherContent, SignatureError, type Signed, verifySignature } from "./cms";
import type { Contents } from "./contents";
import * as layout from "./layout";
import type { LogKey } from "./log";
import type { CheckCode, Findings } from "./report";
import { verifyStamp } from "./stamp";
import {
  type Certificate,
  CertificateError,
  certificatesOf,
  fingerprint,
  leadsTo,
  PEM_BYTES_MAX,
  type Purpose,
  subjectOf,
} from "./x509";

/** Whom the person trusts: roots for everything, roots for time-stamps alone, and keys of logs and of cosigners. */
export interface Trust {
  roots: Certificate[];
  timeRoots: Certificate[];
  logKeys: LogKey[];
  /** The form in which a court stores a recording is meant, without a chain of custody. */
  stored?: boolean;
}

/** How far ahead of this computer's clock a seal may be: clocks differ. */
export const DAY_MS = 86_400_000;

/** A seal whose signature holds. */
export interface Seal {
  at: number;
  /** Until when its certificate is valid. */
  until: number;
  rootFingerprint: string | null;
  /** The roots against which further signatures of this bundle are checked. */
  roots: Certificate[];
  /** Whether the person trusts these; else they are what came with the seal. */
  trusted: boolean;
}

export const iso = (ms: number) => new Date(ms).toISOString();

export class Signatures {
  /** The time-stamp of the seal, once it was checked. */
  sealStamp: Signed | null = null;

  constructor(
    private contents: Contents,
    private trust: Trust,
    private now: number,
    private findings: Findings,
  ) {}

  /** The signature over the manifest, and where its certificate leads. */
  async seal(manifest: Uint8Array): Promise<Seal | null> {
    const { findings, trust } = this;
    const enclosedRoot = await this.certificate(layout.ROOT_CERTIFICATE, "seal");
    const enclosedSeal = await this.certificate(layout.SEAL_CERTIFICATE, "seal");
    const signed = await this.signed(manifest, layout.MANIFEST, layout.MANIFEST_SIGNATURE, "seal");
    if (!signed) {
      if (findings.failures("seal") === 0)
        findings.notChecked("signer", "this browser could not check the signature of the seal");
      return null;
    }
    const own = await fingerprint(signed.certificate);
    if (enclosedSeal && (await fingerprint(enclosedSeal)) !== own)
      findings.failed(
        "seal",
        layout.SEAL_CERTIFICATE,
        "it is not the certificate under which the manifest was signed",
      );
    const by = subjectOf(signed.certificate);
    findings.provedUnlessFailed("seal", `the manifest ${await sha256(manifest)} is signed by ${by}`);
    const trusted = trust.roots.length > 0;
    const roots = trusted ? trust.roots : enclosedRoot ? [enclosedRoot] : [];
    const root = await this.root(signed, roots, "documents", "signer", layout.MANIFEST_SIGNATURE);
    const rootFingerprint = root && (await fingerprint(root));
    if (root && rootFingerprint) {
      const shown = colons(rootFingerprint);
      if (trusted)
        findings.trusted("signer", `by your trust in the root ${subjectOf(root)} with fingerprint ${shown}`);
      else
        findings.notChecked(
          "signer",
          `no trusted root was given; compare the enclosed root's fingerprint with the one the court publishes: ${shown}`,
        );
    }
    if (signed.at - this.now > DAY_MS)
      findings.failed(
        "signing_time",
        layout.MANIFEST_SIGNATURE,
        `sealed at ${iso(signed.at)}, which is after this computer's time ${iso(this.now)}`,
      );
    else findings.trusted("signing_time", `${iso(signed.at)}, by the word of the sealing server's clock`);
    return { at: signed.at, until: signed.certificate.until, rootFingerprint, roots, trusted };
  }

  /** A further signature of the court, over the tag manifest or a certificate of disposal; returns its time where it holds. */
  async further(
    content: Uint8Array,
    [contentPath, path]: [string, string],
    check: "tag_files" | "disposal",
    seal: Seal,
  ): Promise<number | null> {
    const signed = await this.signed(content, contentPath, path, check);
    if (!signed) return null;
    // Without a trusted root it may lead elsewhere: a court that made a new root hands out under that what was sealed before.
    if (!seal.trusted && seal.rootFingerprint) {
      const root = await this.rootOf(signed, seal.roots, "documents");
      if (typeof root === "string")
        this.findings.notChecked(
          check,
          `${contentPath} is signed by ${subjectOf(signed.certificate)}, which does not lead to the root of the seal: choose the court's roots to check whose signature it is`,
        );
      if (!(root instanceof Unsupported)) return signed.at;
    }
    const root = await this.root(signed, seal.roots, "documents", check, path);
    return root && signed.at;
  }

  /** The time-stamp, where there is one, and what it is worth. */
  async stamp(seal: Seal | null): Promise<void> {
    const { contents, findings } = this;
    const path = layout.TIME_STAMP;
    if (contents.size(path) === undefined) {
      findings.notChecked(
        "time_stamp",
        "there is no time-stamp: the time of the seal is the court's word alone",
      );
      findings.missingIf(
        this.asksForTime,
        "independent_time",
        "no time-stamp was found although you named an authority: either it was taken out, or this seal was never stamped",
        "the bundle holds no time-stamp of an independent authority",
      );
      return;
    }
    const enclosed = await this.certificate(layout.TIME_STAMP_ROOT, "time_stamp");
    const answer = await contents.small(path, layout.STAMP_BYTES_MAX, "time_stamp");
    if (!answer || contents.size(layout.MANIFEST_SIGNATURE) === undefined) return;
    const stamped = await contents.small(layout.MANIFEST_SIGNATURE, layout.SIGNATURE_BYTES_MAX, "time_stamp");
    if (!stamped) return;
    const signed = await this.attempt(
      verifyStamp(answer, stamped),
      "time_stamp",
      path,
      layout.MANIFEST_SIGNATURE,
      "it is not what was stamped",
    );
    if (!signed) {
      if (findings.failures("time_stamp") === 0)
        findings.missingIf(
          this.asksForTime,
          "independent_time",
          "this browser could not check the signature of the time-stamp",
        );
      return;
    }
    this.sealStamp = signed;
    if (signed.at - this.now > DAY_MS)
      findings.failed("time_stamp", path, `made at ${iso(signed.at)}, which is after this computer's time`);
    else if (seal && seal.at - signed.at > DAY_MS)
      findings.failed(
        "time_stamp",
        path,
        `made at ${iso(signed.at)}, long before ${iso(seal.at)}, the time of the seal`,
      );
    // Without one, that failed already.
    if (enclosed) await this.stampOrigin(signed, seal, enclosed);
  }

  private async stampOrigin(signed: Signed, seal: Seal | null, enclosed: Certificate): Promise<void> {
    const { findings } = this;
    const trusted = await this.rootOf(signed, this.trusted("time-stamps"), "time-stamps");
    // Whatever is trusted, it must at least lead to the root that came with it.
    const root = isCertificate(trusted) ? trusted : await this.rootOf(signed, [enclosed], "time-stamps");
    const by = subjectOf(signed.certificate);
    if (root instanceof Unsupported) {
      findings.notChecked("time_stamp", root.message);
      findings.missingIf(this.asksForTime, "independent_time", root.message);
      return;
    }
    if (typeof root === "string") {
      findings.failed("time_stamp", layout.TIME_STAMP, `${by}: ${root}`);
      return;
    }
    const at = iso(signed.at);
    findings.provedUnlessFailed("time_stamp", `the seal's signature was stamped at ${at} by ${by}`);
    const print = await fingerprint(root);
    const word = "it is the court's word once more";
    let why: string;
    if (seal?.rootFingerprint === print)
      why = `the stamp is of the court's own service, under the root of the seal: ${word}`;
    else if (await this.isOfTheCourt(print))
      why = `the stamp is of the court's own service, under a root that you trust for seals: ${word}`;
    else if (trusted instanceof Unsupported) why = trusted.message;
    else if (typeof trusted !== "string") {
      findings.trusted(
        "independent_time",
        `${at}, by your trust in the root ${subjectOf(root)} with fingerprint ${colons(print)}`,
      );
      return;
    } else
      why = `whose stamp it is: choose the authority's root as well; the enclosed one has the fingerprint ${colons(print)}`;
    findings.missingIf(
      this.asksForTime,
      "independent_time",
      `no time-stamp of an authority that you named was found: ${why}`,
      why,
    );
  }

  /** Whoever names an authority expects its time-stamp. */
  private get asksForTime(): boolean {
    return this.trust.timeRoots.length > 0;
  }

  /** Whether a root is one for seals, and so the court's: what is stamped under it is no word of anybody else. */
  async isOfTheCourt(print: string): Promise<boolean> {
    for (const root of this.trust.roots) if ((await fingerprint(root)) === print) return true;
    return false;
  }

  /** The roots that are trusted for a purpose. */
  trusted(purpose: Purpose): Certificate[] {
    return purpose === "documents" ? this.trust.roots : [...this.trust.roots, ...this.trust.timeRoots];
  }

  /** The only certificate of a PEM file of the bundle. */
  async certificate(path: string, check: CheckCode): Promise<Certificate | null> {
    if (this.contents.size(path) === undefined) return null; // named as missing already
    const pem = await this.contents.small(path, PEM_BYTES_MAX, check);
    if (!pem) return null;
    try {
      const [only, ...more] = certificatesOf(pem);
      if (only && more.length === 0) return only;
      this.findings.failed(check, path, "it holds more than one certificate");
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      this.findings.failed(check, path, error.message);
    }
    return null;
  }

  async signed(
    content: Uint8Array,
    contentPath: string,
    path: string,
    check: CheckCode,
  ): Promise<Signed | null> {
    if (this.contents.size(path) === undefined) return null; // named as missing already
    const signature = await this.contents.small(path, layout.SIGNATURE_BYTES_MAX, check);
    if (!signature) return null;
    const verified = verifySignature(signature, content);
    return this.attempt(verified, check, path, contentPath, "it is not what was signed");
  }

  async attempt(
    verified: Promise<Signed>,
    check: CheckCode,
    path: string,
    contentPath: string,
    other: string,
  ): Promise<Signed | null> {
    try {
      return await verified;
    } catch (error) {
      if (error instanceof OtherContent) this.findings.failed(check, contentPath, other);
      else if (error instanceof SignatureError) this.findings.failed(check, path, error.message);
      else if (error instanceof Unsupported) this.findings.notChecked(check, error.message);
      else throw error;
      return null;
    }
  }

  private async root(
    signed: Signed,
    roots: Certificate[],
    purpose: Purpose,
    check: CheckCode,
    path: string,
  ): Promise<Certificate | null> {
    const root = await this.rootOf(signed, roots, purpose);
    if (isCertificate(root)) return root;
    if (root instanceof Unsupported) this.findings.notChecked(check, root.message);
    else this.findings.failed(check, path, `${subjectOf(signed.certificate)}: ${root}`);
    return null;
  }

  /** The root to which a signature leads, why to none, or that this browser cannot tell. */
  async rootOf(
    signed: Signed,
    roots: Certificate[],
    purpose: Purpose,
  ): Promise<Certificate | string | Unsupported> {
    try {
      return await leadsTo(signed.certificate, roots, signed.others, signed.at, purpose);
    } catch (error) {
      if (error instanceof CertificateError) return error.message;
      if (error instanceof Unsupported) return error;
      throw error;
    }
  }
}

export function isCertificate(found: Certificate | string | Unsupported): found is Certificate {
  return typeof found !== "string" && !(found instanceof Unsupported);
}
