import { printable } from "./bytes";
import type { DisposalDocument, RedactionDocument } from "./documents";

/** The checks, in the order of recordings-schema/README.md, section 11. */
export const CHECKS = [
  "names",
  "bag",
  "manifest",
  "seal",
  "signer",
  "signing_time",
  "time_stamp",
  "independent_time",
  "transparency_log",
  "cosigners",
  "tag_files",
  "payload_complete",
  "payload_digests",
  "seal_document",
  "tracks",
  "fragments",
  "gaps",
  "court_log",
  "derived",
  "reseal",
  "lasting",
  "custody",
  "previous",
  "revocation",
  "disposal",
  "content",
] as const;
export type CheckCode = (typeof CHECKS)[number];
/** `missing`: the person asked for it, and it is not there. */
export type Verdict = "proved" | "trusted" | "not_checked" | "missing" | "failed";
export type Outcome = "proved" | "signer_not_checked" | "proofs_missing" | "failed";

/** A line of the report; `detail` is for whoever knows the format, in English. */
export interface Check {
  verdict: Verdict;
  check: CheckCode;
  detail: string;
  file: string | null;
}

export interface Report {
  outcome: Outcome;
  recording: string | null;
  manifest_sha256: string | null;
  root_fingerprint: string | null;
  checks: Check[];
  /** What a redacted copy says of itself; null for what is none. */
  redaction: RedactionDocument | null;
  /** What the certificate of a disposal says. */
  disposal: DisposalDocument | null;
}

/** Most failures that are listed for one check: a bundle of garbage shall not fill the page for hours. */
const FAILURES_LISTED_MAX = 50;
/** Most lines of one check that say what was not checked. */
const OPEN_LISTED_MAX = 200;

/** Checks that leave it open whose the bundle is. */
const OPEN = new Set<CheckCode>(["seal", "signer", "tag_files", "disposal"]);

/** A report in the making. */
export class Findings {
  private checks: Check[] = [];
  private suppressed = 0;
  recording: string | null = null;
  manifestSha256: string | null = null;
  rootFingerprint: string | null = null;
  redaction: RedactionDocument | null = null;
  disposal: DisposalDocument | null = null;

  private add(verdict: Verdict, check: CheckCode, detail: string, file: string | null = null): void {
    this.checks.push({ verdict, check, detail: printable(detail), file });
  }

  proved(check: CheckCode, detail: string): void {
    this.add("proved", check, detail);
  }

  trusted(check: CheckCode, detail: string): void {
    this.add("trusted", check, detail);
  }

  notChecked(check: CheckCode, detail: string): void {
    if (this.count(check, "not_checked") < OPEN_LISTED_MAX) this.add("not_checked", check, detail);
  }

  /** What is not there; a failing only where somebody asked for it. */
  missingIf(asked: boolean, check: CheckCode, missing: string, open = missing): void {
    if (asked) this.add("missing", check, missing);
    else this.notChecked(check, open);
  }

  failed(check: CheckCode, file: string, detail: string): void {
    if (this.count(check, "failed") < FAILURES_LISTED_MAX)
      this.add("failed", check, detail, printable(file.slice(0, 600)));
    else this.suppressed += 1;
  }

  /** Says that a check holds, unless something of it failed. */
  provedUnlessFailed(check: CheckCode, detail: string): void {
    if (this.count(check, "failed") === 0) this.proved(check, detail);
  }

  /** How many failures of that check are listed. */
  failures(check: CheckCode): number {
    return this.count(check, "failed");
  }

  /** True when a failure that is listed is of this file. */
  names(file: string): boolean {
    return this.checks.some((c) => c.verdict === "failed" && c.file === file);
  }

  private count(check: CheckCode, verdict: Verdict): number {
    return this.checks.reduce((n, c) => n + Number(c.check === check && c.verdict === verdict), 0);
  }

  report(): Report {
    const last = this.checks.findLast((c) => c.verdict === "failed");
    if (last && this.suppressed > 0) last.detail += ` (${this.suppressed} more failures not listed)`;
    // Those are not checked also where the browser lacks an algorithm: then nobody vouches for what was handed out.
    const open = this.checks.some((c) => OPEN.has(c.check) && c.verdict === "not_checked");
    const missing = this.checks.some((c) => c.verdict === "missing");
    const whole: Outcome = open ? "signer_not_checked" : missing ? "proofs_missing" : "proved";
    return {
      outcome: last || this.checks.length === 0 ? "failed" : whole,
      recording: this.recording,
      manifest_sha256: this.manifestSha256,
      root_fingerprint: this.rootFingerprint,
      checks: this.checks,
      redaction: this.redaction,
      disposal: this.disposal,
    };
  }
}
