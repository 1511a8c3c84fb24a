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
  for (const vector of list.vectors) {
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
