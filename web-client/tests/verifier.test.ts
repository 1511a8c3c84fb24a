import { lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { keysOf } from "../verifier/core/log";
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
const judge = (entries: Entry[], trusted = true) =>
  verify(
    { entries: atTop(entries), complete: true },
    trusted ? { roots, timeRoots, logKeys } : { roots: [], timeRoots: [], logKeys: [] },
    Date.parse(list.now),
    () => undefined,
  );

describe("every vector", () => {
  it("there are some, good and bad", () => {
    expect(list.vectors.filter((v) => v.outcome === "proved").length).toBeGreaterThan(2);
    expect(list.vectors.filter((v) => v.outcome === "failed").length).toBeGreaterThan(20);
  });
  for (const vector of list.vectors) {
    it(vector.path, async () => {
      const bundle = entries(join(FOLDER, vector.path));
      const report = await judge(bundle);
      const found = report.checks.filter((c) => c.verdict === "failed");
      const pairs = (all: { check: string; file: string | null }[]) =>
        [...new Set(all.map((f) => `${f.check} ${f.file}`))].sort();
      expect(pairs(found), JSON.stringify(found, null, 1)).toEqual(pairs(vector.failures));
      expect(report.outcome).toBe(vector.outcome);
      expect((await judge(bundle, false)).outcome).toBe(vector.outcome_without_trust);
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
        );
        expect(report.outcome, `byte ${at}`).toBe("failed");
        expect(report.checks.some((c) => c.verdict === "failed" && c.file === path)).toBe(true);
      }
    });
  }
});
