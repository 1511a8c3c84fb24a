import { lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { keysOf } from "../verifier/core/log";
import type { Trust } from "../verifier/core/signature";
import type { Entry } from "../verifier/core/source";
import { atTop } from "../verifier/core/source";
import { verify } from "../verifier/core/verify";
import { certificatesOf } from "../verifier/core/x509";

const FOLDER = resolve(import.meta.dirname, "../../recordings-schema/vectors");
interface Vector {
  path: string;
  outcome: string;
  outcome_without_trust: string;
  log?: boolean;
  /** Whom of those below the verifier does not name. */
  left_out?: ("trust_time" | "trust_log")[];
  stored?: boolean;
  failures: { check: string; file: string }[];
}
const list = JSON.parse(readFileSync(join(FOLDER, "vectors.json"), "utf8")) as {
  trust: string;
  trust_time: string;
  trust_log: string;
  now: string;
  vectors: Vector[];
  disposals: Vector[];
};
const roots = certificatesOf(readFileSync(join(FOLDER, list.trust)));
const timeRoots = certificatesOf(readFileSync(join(FOLDER, list.trust_time)));
const logKeys = await keysOf(readFileSync(join(FOLDER, list.trust_log)));

function entries(folder: string, top = folder): Entry[] {
  return readdirSync(folder).flatMap((name): Entry[] => {
    const full = join(folder, name);
    const path = relative(top, full);
    if (lstatSync(full).isSymbolicLink()) return [{ path, kind: "link", content: new Blob() }];
    if (statSync(full).isDirectory())
      return [{ path, kind: "folder", content: new Blob() }, ...entries(full, top)];
    return [{ path, kind: "file", content: new Blob([readFileSync(full)]) }];
  });
}
const nobody: Trust = { roots: [], timeRoots: [], logKeys: [] };
const judge = (entries: Entry[], trust: Trust) =>
  verify({ entries: atTop(entries), complete: true }, trust, Date.parse(list.now), () => undefined);
const trustFor = ({ left_out, stored }: Vector): Trust => ({
  roots,
  timeRoots: left_out?.includes("trust_time") ? [] : timeRoots,
  logKeys: left_out?.includes("trust_log") ? [] : logKeys,
  stored: stored === true,
});

describe("every vector", () => {
  it("there are some, good and bad", () => {
    expect(list.vectors.filter((v) => v.outcome === "proved").length).toBeGreaterThan(2);
    expect(list.vectors.filter((v) => v.outcome === "failed").length).toBeGreaterThan(20);
  });
  for (const vector of [...list.vectors, ...list.disposals]) {
    it(vector.path, async () => {
      const bundle = entries(join(FOLDER, vector.path));
      const report = await judge(bundle, trustFor(vector));
      const found = report.checks.filter((c) => c.verdict === "failed");
      const pairs = (all: { check: string; file: string | null }[]) =>
        [...new Set(all.map((f) => `${f.check} ${f.file}`))].sort();
      expect(pairs(found), JSON.stringify(found, null, 1)).toEqual(pairs(vector.failures));
      expect(report.outcome).toBe(vector.outcome);
      expect((await judge(bundle, nobody)).outcome).toBe(vector.outcome_without_trust);
    });
  }
});

describe("a change of one byte, in any file of an exported bundle", () => {
  const bundle = entries(join(FOLDER, "good/closed"));
  for (const { path, kind, content } of bundle) {
    if (kind !== "file") continue;
    it(path, async () => {
      const bytes = new Uint8Array(await content.arrayBuffer());
      for (const part of [0, 0.3, 0.5, 0.77, 1]) {
        const changed = bytes.slice();
        const at = Math.min(Math.floor(part * bytes.length), bytes.length - 1);
        changed[at] = (changed[at] ?? 0) ^ 1;
        const report = await judge(
          bundle.map((e) => (e.path === path ? { ...e, content: new Blob([changed]) } : e)),
          { roots, timeRoots, logKeys },
        );
        expect(report.outcome, `byte ${at}`).toBe("failed");
        expect(report.checks.some((c) => c.verdict === "failed" && c.file === path)).toBe(true);
      }
    });
  }
});

describe("what was asked for and is not there", () => {
  const missing = async (vector: string, without: RegExp, trust: Partial<Trust>) => {
    const bundle = entries(join(FOLDER, vector)).filter((e) => !without.test(e.path));
    const report = await judge(bundle, { ...nobody, roots, ...trust });
    expect(report.checks.filter((c) => c.verdict === "failed")).toEqual([]);
    return [report.outcome, report.checks.filter((c) => c.verdict === "missing").map((c) => c.check)];
  };
  const handedOut = /^(custody\.jsonl|certificate\.html|VERIFY\.txt|tagmanifest.*|seal\/tagmanifest.*)$/;
  const stamp = /^seal\/(manifest.*\.tsr|certs\/time-stamp-root\.pem)$/;
  const either = (...all: RegExp[]) => new RegExp(all.map((one) => one.source).join("|"));
  it("takes the best verdict from a bundle whose proofs were stripped", async () => {
    const stripped = either(handedOut, stamp, /tlog-proof$/);
    expect(await missing("good/logged", stripped, { timeRoots, logKeys })).toEqual([
      "proofs_missing",
      ["independent_time", "transparency_log", "cosigners", "custody"],
    ]);
    // Who asks for none of it still asks for the chain of custody.
    expect(await missing("good/logged", stripped, {})).toEqual(["proofs_missing", ["custody"]]);
    expect(await missing("good/logged", stripped, { stored: true })).toEqual(["proved", []]);
  });
  it("a stamp under a root of the court's, whichever, is no time from elsewhere", async () => {
    expect(await missing("good/interrupted", /^$/, { timeRoots })).toEqual(["proved", []]);
    const both = [...roots, ...timeRoots];
    expect(await missing("good/interrupted", /^$/, { roots: both, timeRoots })).toEqual([
      "proofs_missing",
      ["independent_time"],
    ]);
    expect(await missing("good/closed", /^$/, { timeRoots })).toEqual([
      "proofs_missing",
      ["independent_time"],
    ]);
  });
});

describe("a redacted copy", () => {
  const copy = entries(join(FOLDER, "good/redacted"));
  const trust: Trust = { ...nobody, roots };
  it("is called one, with what was taken out on which order and of what it was made", async () => {
    const { redaction, checks } = await judge(copy, trust);
    expect(redaction?.orders[0]?.reference).toBe("R-7/2026");
    expect(redaction?.orders[0]?.intervals[0]).toMatchObject({ kind: "mute", segment: 1 });
    const said = checks.filter((c) => c.check === "derived");
    expect(said.map((c) => c.verdict)).toEqual(["proved", "trusted", "not_checked"]);
    expect(said[2]?.detail).toContain(redaction?.derived_from.manifest_sha256);
    expect(checks.some((c) => c.check === "tracks" && c.verdict === "not_checked")).toBe(false);
    expect((await judge(entries(join(FOLDER, "good/closed")), trust)).redaction).toBe(null);
  });
  /** What the check says of a copy in which a document was changed; the seal fails then as well. */
  const changed = async (name: string, change: (text: string) => string) => {
    const bundle: Entry[] = [];
    for (const entry of copy) {
      const is = entry.path.endsWith(`/${name}`);
      bundle.push(is ? { ...entry, content: new Blob([change(await entry.content.text())]) } : entry);
    }
    const { checks } = await judge(bundle, trust);
    return checks.filter((c) => c.check === "derived" && c.verdict === "failed").map((c) => c.detail);
  };
  it("that contradicts itself is refused", async () => {
    const json = (change: (document: Record<string, never>) => void) => (text: string) => {
      const document = JSON.parse(text);
      change(document);
      return JSON.stringify(document);
    };
    // biome-ignore lint/suspicious/noExplicitAny: every member of a document in turn.
    const changes: [string, (d: any) => void][] = [
      ["another recording", (d) => (d.recording = d.derived_from.recording)],
      ["made from itself", (d) => (d.derived_from.recording = d.recording)],
      ["margin", (d) => (d.margin_ms = "100")],
      ["its orders", (d) => (d.orders = [])],
      ["takes nothing out", (d) => (d.orders[0].intervals = [])],
      ["inside a segment", (d) => (d.orders[0].intervals[0].to_ms = "3001")],
      ["inside a segment", (d) => (d.orders[0].intervals[0].segment = 9)],
      ["who one of those is", (d) => (d.people = [])],
      ["numbered from 1", (d) => (d.films[0].file = "film-002.mp4")],
      ["not the film that was sealed", (d) => (d.films[0].bytes = "1")],
      ["not the film that was sealed", (d) => (d.films[0].sha256 = "0".repeat(64))],
      ["does not say what was redacted", (d) => (d.more = 1)],
    ];
    for (const [why, change] of changes)
      expect((await changed("redaction.json", json(change))).join(), why).toContain(why);
  });
  it("whose court log speaks of what was taken out is refused", async () => {
    const found = await changed("court-log.jsonl", (text) => {
      const [first = ""] = text.split("\n");
      const entry = { ...JSON.parse(first), segment: 1, media_ms: "1000", kind: "marker", text: "a name" };
      return `${text}${JSON.stringify(entry)}\n`;
    });
    expect(found.join()).toContain("lies in an interval that was taken out");
  });
});
