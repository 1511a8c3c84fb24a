import type { Contents } from "./contents";
import { checkDerived } from "./derived";
import { readSealDocument, type SealDocument, type Track } from "./documents";
import { FragmentTracker, newHasher, pieces } from "./hash";
import * as layout from "./layout";
import { type Counted, countGaps, countLog, type Ledger, readFragments, tornWords } from "./ledgers";
import { Fault, TooManyLines } from "./lines";
import type { Manifest } from "./manifest";
import type { CheckCode, Findings } from "./report";
import type { Seal } from "./signature";

/** How far the clock may have been set back between writing `seal.json` and signing. */
const CLOCK_SET_BACK_MAX_MS = 3_600_000;

export type Observe = (bytesDone: number, bytesTotal: number) => void;

/** The sealed files of a recording, and its documents as far as they could be read. */
export class Recording {
  private document: SealDocument | null = null;
  private ledger: Ledger | null = null;
  private tracks = new Map<string, Track>();

  constructor(
    private contents: Contents,
    private manifest: Manifest,
    private id: string,
    private findings: Findings,
  ) {}

  private path(file: string): string {
    return `${layout.DATA}${this.id}/${file}`;
  }

  /** Reads `seal.json` and `fragments.tsv`. */
  async read(seal: Seal | null): Promise<void> {
    const path = this.path(layout.SEAL_DOCUMENT);
    this.document = await this.readDocument(path);
    for (const track of this.document?.tracks ?? []) this.tracks.set(this.path(track.file), track);
    if (this.document && seal && Date.parse(this.document.sealed_at) - seal.at > CLOCK_SET_BACK_MAX_MS)
      this.findings.failed(
        "seal_document",
        path,
        `it says sealed at ${this.document.sealed_at}, but was signed before, at ${new Date(seal.at).toISOString()}`,
      );
    const ledger = this.path(layout.FRAGMENTS);
    this.ledger = await this.attempt("fragments", ledger, () => readFragments(this.open(ledger)));
  }

  private open(path: string): Blob {
    const file = this.contents.open(path);
    if (typeof file === "string") throw new Fault(file);
    return file;
  }

  private async attempt<T>(check: CheckCode, path: string, work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Fault || error instanceof TooManyLines)
        this.findings.failed(check, path, error.message);
      else if (error instanceof DOMException) this.findings.failed(check, path, "it cannot be read");
      else throw error;
      return null;
    }
  }

  private async readDocument(path: string): Promise<SealDocument | null> {
    const bytes = await this.contents.small(path, layout.SEAL_DOCUMENT_BYTES_MAX, "seal_document");
    if (!bytes) return null;
    let document: SealDocument;
    try {
      document = readSealDocument(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
    } catch (error) {
      if (!(error instanceof Fault || error instanceof TypeError)) throw error;
      const why = error instanceof Fault ? error.message : "it is not UTF-8";
      this.findings.failed("seal_document", path, `it is not a seal document: ${why}`);
      return null;
    }
    const faults: string[] = [];
    if (document.recording !== this.id)
      faults.push("it is about another recording than the folder it lies in");
    const up = (a: number | string, b: number | string) => a < b;
    if (
      !goesUp(
        document.segments.map((s) => s.segment),
        up,
      )
    )
      faults.push("its segments are not numbered upwards from 1 or more");
    if (
      !goesUp(
        document.tracks.map((t) => t.file),
        up,
      )
    )
      faults.push("its tracks are not sorted by file, each once");
    for (const fault of faults) this.findings.failed("seal_document", path, fault);
    return faults.length > 0 ? null : document;
  }

  /** Checks that exactly the listed files are there. */
  checkComplete(): void {
    for (const path of this.manifest.keys())
      if (this.contents.size(path) === undefined)
        this.findings.failed("payload_complete", path, "it was sealed and is missing");
    for (const [path] of this.contents.payload())
      if (!this.manifest.has(path))
        this.findings.failed("payload_complete", path, "it was not sealed: somebody added it");
    const files = this.manifest.size;
    this.findings.provedUnlessFailed(
      "payload_complete",
      `${files} files were sealed and are there, and no other`,
    );
  }

  /** Reads every sealed file once and checks its digest; of a track, the digests of its fragments as well. */
  async checkDigests(observe: Observe): Promise<void> {
    const { findings } = this;
    const jobs: { path: string; expected: string; file: Blob }[] = [];
    for (const [path, expected] of this.manifest) {
      const file = this.contents.files.get(path);
      if (!file) continue; // named as missing already
      const track = this.tracks.get(path);
      if (track && BigInt(track.bytes) !== BigInt(file.size)) {
        // Spares reading a file that was blown up to terabytes.
        findings.failed(
          "payload_digests",
          path,
          `it has ${file.size} bytes, and had ${track.bytes} when it was sealed`,
        );
        continue;
      }
      const bounded = track ? file : this.contents.open(path);
      if (typeof bounded === "string") findings.failed("payload_digests", path, bounded);
      else jobs.push({ path, expected, file: bounded });
    }
    const total = jobs.reduce((sum, { file }) => sum + file.size, 0);
    const [hasher, large] = [await newHasher(), await newHasher()];
    let done = 0;
    for (const { path, expected, file } of jobs) {
      const fragments = this.ledger?.files.get(path.slice(this.path("").length));
      const tracker = new FragmentTracker(fragments, large);
      hasher.init();
      try {
        for await (const piece of pieces(file)) {
          const fragmentsDone = tracker.update(piece);
          hasher.update(piece);
          await fragmentsDone;
          done += piece.length;
          observe(done, total);
        }
      } catch (error) {
        if (!(error instanceof DOMException)) throw error;
        findings.failed("payload_digests", path, "it cannot be read");
        continue;
      }
      const differing = await tracker.finish();
      const [from, to] = [differing[0]?.[0], differing.at(-1)?.[1]];
      if (hasher.digest("hex") !== expected) {
        const where = from === undefined ? "" : `; what differs is in bytes ${from} to ${to}`;
        findings.failed("payload_digests", path, `it is not as it was sealed${where}`);
      } else if (from !== undefined)
        // The seal holds, so whoever sealed contradicts himself.
        findings.failed(
          "fragments",
          path,
          `bytes ${from} to ${differing[0]?.[1]} are not what fragments.tsv says`,
        );
    }
    observe(total, total);
    findings.provedUnlessFailed("payload_digests", `${this.manifest.size} files, ${total} bytes`);
  }

  /** Checks that the documents agree with each other and with the sealed files. */
  async checkDocuments(): Promise<void> {
    const { document, findings, ledger } = this;
    if (!document) return; // refused already
    const ended =
      document.ended === "closed" ? "ended in good order" : "cut off by a failure and sealed as found";
    findings.provedUnlessFailed(
      "seal_document",
      `${document.segments.length} segments, ${document.tracks.length} tracks, ${ended}`,
    );
    const redaction = await checkDerived(this.contents, this.manifest, document, this.id, findings);
    findings.redaction = redaction;
    this.checkTracks(document, redaction?.films.map(({ file }) => file) ?? []);
    if (ledger) this.checkFragments(document, ledger);
    const gaps = this.path(layout.GAPS);
    await this.counted("gaps", gaps, document.gaps.count, () => countGaps(this.open(gaps), document));
    const log = this.path(layout.COURT_LOG);
    await this.counted("court_log", log, document.court_log.entries, () =>
      countLog(this.open(log), document),
    );
    if (document.previous) {
      const { recording, manifest_sha256 } = document.previous;
      findings.notChecked(
        "previous",
        `this continues recording ${recording}, whose manifest-sha256.txt has the digest ${manifest_sha256}: verify that bundle as well`,
      );
    }
  }

  private async counted(
    check: CheckCode,
    path: string,
    stated: string,
    count: () => Promise<Counted>,
  ): Promise<void> {
    const counted = await this.attempt(check, path, count);
    if (!counted) return;
    if (String(counted.count) === stated) this.findings.proved(check, counted.detail);
    else this.findings.failed(check, path, `it has ${counted.count} lines, but ${stated} were sealed`);
  }

  /** `films`: the files that a redacted copy has in the place of tracks. */
  private checkTracks(document: SealDocument, films: string[]): void {
    const { findings, manifest } = this;
    const fault = (file: string, why: string) =>
      findings.failed("tracks", this.path(layout.SEAL_DOCUMENT), `${file}: ${why}`);
    const segments = new Set(document.segments.map((s) => s.segment));
    const listed = new Set<string>();
    for (const track of document.tracks) {
      const path = this.path(track.file);
      const why = trackFault(track, document.ended, segments);
      if (why) {
        fault(track.file, why);
        continue;
      }
      const digest = manifest.get(path);
      if (digest === undefined) fault(path, "the manifest does not list it");
      else if (digest !== track.sha256) fault(path, "the manifest has another digest");
      listed.add(path);
    }
    const ledgers = [layout.SEAL_DOCUMENT, layout.FRAGMENTS, layout.GAPS, layout.COURT_LOG];
    const own = films.length > 0 ? [layout.REDACTION, ...films] : [];
    const known = new Set([...ledgers, ...own].map((file) => this.path(file)));
    for (const path of manifest.keys()) {
      if (listed.has(path)) continue;
      if (path.startsWith(this.path("segment-"))) fault(path, "sealed, but no track of the recording");
      else if (!known.has(path))
        findings.notChecked("tracks", `${path} is as it was sealed; this format says nothing of its meaning`);
    }
    const bytes = document.tracks.reduce((sum, t) => sum + BigInt(t.bytes), 0n);
    findings.provedUnlessFailed(
      "tracks",
      `${document.tracks.length} tracks, ${bytes} bytes, as in the seal document`,
    );
  }

  private checkFragments(document: SealDocument, ledger: Ledger): void {
    const { findings } = this;
    const path = this.path(layout.FRAGMENTS);
    const { count, head } = document.fragments;
    if (count !== String(ledger.count) || head !== ledger.head)
      findings.failed(
        "fragments",
        this.path(layout.SEAL_DOCUMENT),
        `it says ${count} fragments ending in ${head}; fragments.tsv has ${ledger.count} ending in ${ledger.head}`,
      );
    for (const { file, bytes, tail_bytes } of document.tracks) {
      const covered = BigInt(ledger.files.get(file)?.covered ?? 0);
      // After a crash the tail may stand outside the ledger, which is left as it was found.
      if (covered !== BigInt(bytes) && covered + BigInt(tail_bytes) !== BigInt(bytes))
        findings.failed(
          "fragments",
          path,
          `${file}: the fragments cover ${covered} of ${bytes} bytes, and the tail is ${tail_bytes}`,
        );
    }
    for (const file of ledger.files.keys())
      if (!this.tracks.has(this.path(file)))
        findings.failed("fragments", path, `${file}: is no track of the recording`);
    const tails = document.tracks.reduce((sum, t) => sum + BigInt(t.tail_bytes), 0n);
    const found = tails > 0n ? `; ${tails} bytes were found after the failure` : "";
    findings.provedUnlessFailed(
      "fragments",
      `${ledger.count} fragments, chained without a break, cover every track${found}${tornWords(ledger.torn)}`,
    );
  }
}

function goesUp<T>(values: T[], before: (a: T, b: T) => boolean): boolean {
  return values.every((value, i) => {
    const last = values[i - 1];
    return last === undefined || before(last, value);
  });
}

function trackFault(track: Track, ended: SealDocument["ended"], segments: Set<number>): string | null {
  if (!layout.inSegment(track.file, track.segment)) return "the file is not in the folder of its segment";
  if (!segments.has(track.segment)) return "there is no such segment";
  if (ended === "closed" && track.tail_bytes !== "0")
    return "it has a tail, although the recording was closed";
  if (BigInt(track.tail_bytes) > BigInt(track.bytes)) return "its tail is longer than the file";
  return null;
}
