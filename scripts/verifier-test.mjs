// The static verifier in a root where there is nothing but itself, a bundle and two certificates, without a network.

import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const [verifier] = process.argv.slice(2);
const vectors = resolve(import.meta.dirname, "../recordings-schema/vectors");
const list = JSON.parse(readFileSync(join(vectors, "vectors.json"), "utf8"));
/** Only root may change the root: whoever is not becomes it in a namespace of their own. */
const asRoot = process.getuid() === 0 ? [] : ["--map-root-user"];
const EXIT = { proved: 0, failed: 1, signer_not_checked: 3, proofs_missing: 4 };

/** What the verifier says of a bundle: its exit status, outcome and failed checks. */
function judge({ path, left_out: left = [], stored }, trusts) {
  const root = mkdtempSync(join(tmpdir(), "oyer-verifier-"));
  try {
    copyFileSync(verifier, join(root, "oyer"));
    copyFileSync(join(vectors, list.trust), join(root, "court.pem"));
    copyFileSync(join(vectors, list.trust_time), join(root, "time.pem"));
    copyFileSync(join(vectors, list.trust_log), join(root, "log.txt"));
    cpSync(join(vectors, path), join(root, "bundle"), { recursive: true, verbatimSymlinks: true });
    const trust = trusts ? ["--trust", "/court.pem"] : [];
    if (trusts && !left.includes("trust_time")) trust.push("--trust-time", "/time.pem");
    if (trusts && !left.includes("trust_log")) trust.push("--trust-log", "/log.txt");
    if (trusts && stored) trust.push("--stored");
    const said = spawnSync(
      "unshare",
      [...asRoot, "--net", "chroot", root, "/oyer", "verify", "/bundle", "--json", ...trust],
      { encoding: "utf8", env: { PATH: process.env.PATH } },
    );
    if (said.error) throw said.error;
    if (!said.stdout) return { status: said.status, said: said.stderr };
    const report = JSON.parse(said.stdout);
    const failed = report.checks.filter((c) => c.verdict === "failed").map((c) => `${c.check} ${c.file}`);
    return { status: said.status, outcome: report.outcome, failed: [...new Set(failed)].sort() };
  } finally {
    rmSync(root, { recursive: true });
  }
}

let [passed, failed] = [0, 0];
for (const vector of [...list.vectors, ...list.disposals]) {
  const failures = vector.failures.map((f) => `${f.check} ${f.file}`).sort();
  for (const [trusts, outcome] of [[true, vector.outcome], [false, vector.outcome_without_trust]]) {
    const found = judge(vector, trusts);
    const holds = found.outcome === outcome && found.status === EXIT[outcome];
    // Without a root there is one failure less to be found where the failure is the root.
    const names = !trusts || JSON.stringify(found.failed) === JSON.stringify([...new Set(failures)]);
    if (holds && names) passed++;
    else {
      failed++;
      console.log(`FAILED  ${vector.path}${trusts ? "" : " without trust"}: ${JSON.stringify(found)}, not ${outcome} ${failures}`);
    }
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
