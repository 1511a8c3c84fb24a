import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type Signed, verifySignature } from "../verifier/core/cms";
import { Contents } from "../verifier/core/contents";
import { checkStrict, parse } from "../verifier/core/der";
import { parseJson } from "../verifier/core/json";
import { pathFault } from "../verifier/core/layout";
import { lineBatches } from "../verifier/core/lines";
import { keysOf, Log, LogError, type LogKey } from "../verifier/core/log";
import { readManifest } from "../verifier/core/manifest";
import { Findings } from "../verifier/core/report";
import type { Entry } from "../verifier/core/source";
import { verifyStamp } from "../verifier/core/stamp";
import { fromTar } from "../verifier/core/tar";
import { verify } from "../verifier/core/verify";
import { CertificateError, certificatesOf, leadsTo, readCertificate, subjectOf } from "../verifier/core/x509";

const GOOD = resolve(import.meta.dirname, "../../recordings-schema/vectors/good/closed");
const bytes = (path: string) => Uint8Array.from(readFileSync(path));
function entriesOf(folder: string, top = folder): Entry[] {
  return readdirSync(folder).flatMap((name): Entry[] => {
    const full = join(folder, name);
    const path = relative(top, full);
    if (statSync(full).isDirectory())
      return [{ path, kind: "folder", content: new Blob() }, ...entriesOf(full, top)];
    return [{ path, kind: "file", content: new Blob([readFileSync(full)]) }];
  });
}
const hex = (text: string) => Uint8Array.from(Buffer.from(text.replace(/ /g, ""), "hex"));

describe("DER", () => {
  it("has one spelling", () => {
    const strict = (text: string) => () => checkStrict(parse(hex(text)), true);
    for (const good of [
      "02 01 00",
      "02 02 00 80",
      "01 01 ff",
      "05 00",
      "30 03 02 01 05",
      "31 06 02 01 01 02 01 02",
    ])
      expect(strict(good), good).not.toThrow();
    const bad = {
      "a long length": "02 81 01 00",
      "no definite length": "30 80 00 00",
      "a number with a zero before it": "02 02 00 01",
      "a truth that is neither": "01 01 01",
      "nothing with something in it": "05 01 00",
      "a set out of order": "31 06 02 01 02 02 01 01",
      "the same twice in a set": "31 06 02 01 01 02 01 01",
      "cut off": "30 03 02 01",
      "more behind the end": "02 01 00 00",
      "a high tag": "1f 81 01 00",
      "odd bits that are set": "03 02 01 01",
      "a name with a padded part": "06 03 2a 80 01",
    };
    for (const [what, text] of Object.entries(bad)) expect(strict(text), what).toThrow();
    // Sequences in sequences: few are read, and many do not exhaust the stack.
    const nested = (depth: number) => {
      let text = "0500";
      for (let i = 0; i < depth; i++) text = `30${(text.length / 2).toString(16).padStart(2, "0")}${text}`;
      return text;
    };
    expect(strict(nested(10))).not.toThrow();
    expect(strict(nested(40))).toThrow("deep");
  });
});

describe("a signature", () => {
  it("holds, and no bit of its file can change", async () => {
    const content = bytes(join(GOOD, "tagmanifest-sha256.txt"));
    const file = bytes(join(GOOD, "seal/tagmanifest-sha256.txt.p7s"));
    const roots = certificatesOf(bytes(join(GOOD, "seal/certs/root.pem")));
    const judge = async (file: Uint8Array<ArrayBuffer>) => {
      const { certificate, others, at } = await verifySignature(file, content);
      return leadsTo(certificate, roots, others, at, "documents");
    };
    await judge(file);
    const accepted: number[] = [];
    for (let i = 0; i < file.length; i++)
      for (const bit of [1, 0x80]) {
        const changed = file.slice();
        changed[i] = (changed[i] ?? 0) ^ bit;
        await judge(changed).then(
          () => accepted.push(i),
          (error: Error) =>
            expect(error.constructor.name).toMatch(/SignatureError|OtherContent|CertificateError/),
        );
      }
    expect(accepted).toEqual([]);
    await expect(judge(new Uint8Array(0))).rejects.toThrow();
  });
});

describe("JSON", () => {
  it("is read as JSON.parse reads it, but no member twice and no number otherwise", () => {
    for (const text of [
      '{"a":[1,-2,"x\\u00e9\\n",null,true,{}],"b":[]}',
      " [ ] ",
      '"x"',
      '{"__proto__":"1"}',
    ])
      expect(JSON.stringify(parseJson(text))).toBe(JSON.stringify(JSON.parse(text)));
    for (const number of ["1.0", "1e3", "-0"]) expect(parseJson(number)).toBeNaN();
    const bad = [
      '{"a":1,"a":1}',
      '{"a":1,"\\u0061":1}',
      "[1,]",
      "{,}",
      '{"a"}',
      "01",
      "+1",
      "'a'",
      '"\\ud800"',
      "[",
      "",
      "1 2",
      "nul",
      '"a\nb"',
    ];
    for (const text of bad) expect(() => parseJson(text), text).toThrow();
    for (const text of ["1e400", "-1e400", "9".repeat(400), '{"a":[1e309]}'])
      expect(() => parseJson(text), text).toThrow("out of range");
    expect(parseJson("1e-400")).toBeNaN();
    expect(() => parseJson("[".repeat(100_000))).toThrow("deep");
  });
});

describe("names, lines, manifests", () => {
  it("names that no bundle may have", () => {
    for (const path of ["bagit.txt", "A_b-c.9", `${"a/".repeat(7)}a`]) expect(pathFault(path)).toBeNull();
    for (const path of [
      "",
      "a//b",
      "a/",
      "/etc",
      "../x",
      "a/./b",
      "a\\b",
      "C:x",
      "é",
      "a b",
      "a\0",
      ".x",
      "a/-rf",
      "x.",
      `${"a/".repeat(8)}a`,
      "a".repeat(129),
      "a/".repeat(300),
    ])
      expect(pathFault(path), path).not.toBeNull();
  });

  it("lines within their bounds, wherever the pieces end", async () => {
    const read = async (content: BlobPart, lineBytesMax = 4) => {
      const found: string[] = [];
      for await (const batch of lineBatches(new Blob([content]), { lineBytesMax, linesMax: 3 }))
        for (const { text, fault } of batch) found.push(fault ? `${fault}: ${text ?? ""}` : (text ?? ""));
      return found;
    };
    expect(await read("")).toEqual([]);
    expect(await read("abcd\n\n")).toEqual(["abcd", ""]);
    expect(await read("abcdefgh\nf\n")).toEqual(["too long: ", "f"]);
    expect(await read("a\nbc")).toEqual(["a", "cut off: bc"]);
    for (const bad of ["a\r\n", "a\0\n", "\u0085\n", new Uint8Array([255, 10])])
      expect(await read(bad)).toEqual(["no text: "]);
    await expect(read("a\nb\nc\nd\n")).rejects.toThrow("more than 3 lines");
    // Longer than a piece of the file, and a line across two pieces.
    const long = "x".repeat(3 * 2 ** 20);
    expect(await read(`${long}\nf\n`)).toEqual(["too long: ", "f"]);
    expect(await read(long)).toEqual(["too long: "]);
    expect((await read(`${long}\nf\n`, 4 * 2 ** 20)).map((l) => l.length)).toEqual([long.length, 1]);
  });

  it("manifests", async () => {
    const d = "0".repeat(64);
    expect([...(await readManifest(`${d}  a\n${d}  b\n`)).keys()]).toEqual(["a", "b"]);
    const bad = [
      `${d}  a`,
      `${d} a\n`,
      `${d} *a\n`,
      `${d}   a\n`,
      `${"A".repeat(64)}  a\n`,
      `${d}  ../a\n`,
      `${d}  b\n${d}  a\n`,
      `${d}  a\n${d}  a\n`,
      "\n",
      `${d}  a\r\n`,
    ];
    for (const text of bad) await expect(readManifest(text), text).rejects.toThrow();
  });
});

describe("tar", () => {
  const folder = mkdtempSync(join(tmpdir(), "oyer-tar-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const make = (format: string) => {
    const file = join(folder, `${format}.tar`);
    // Names above 100 characters are written in another way by each format.
    const above = `s,^\\.,${"long-".repeat(18)},`;
    execFileSync("tar", [`--format=${format}`, "-C", GOOD, "--transform", above, "-cf", file, "."]);
    return bytes(file);
  };
  for (const format of ["gnu", "pax", "ustar", "posix"])
    it(`${format}: every file with its content`, async () => {
      const { entries } = await fromTar(new Blob([make(format)]));
      const files = entries.filter((e) => e.kind === "file");
      expect(files.length).toBe(Number(execFileSync("sh", ["-c", `find ${GOOD} -type f | wc -l`])));
      for (const { path, content } of files)
        expect(Buffer.from(await content.arrayBuffer()).equals(readFileSync(join(GOOD, path))), path).toBe(
          true,
        );
    });

  it("what lies beside the bundle is not passed over", async () => {
    const file = join(folder, "beside.tar");
    execFileSync("tar", ["-C", resolve(GOOD, ".."), "-cf", file, "closed", "stored/bag-info.txt"]);
    const { entries } = await fromTar(new Blob([bytes(file)]));
    const beside = entries.filter((e) => pathFault(e.path) !== null);
    expect(beside.map((e) => e.path)).toEqual(["../stored/bag-info.txt"]);
  });

  it("is refused when it is cut off or damaged, and never read as something else", async () => {
    const whole = make("gnu");
    for (const length of [0, 100, 512, 1000, whole.length / 2])
      await expect(fromTar(new Blob([whole.subarray(0, length)])), String(length)).rejects.toThrow();
    const damaged = whole.slice();
    damaged[3] = 0x41;
    await expect(fromTar(new Blob([damaged]))).rejects.toThrow("damaged");
  });
});

describe("authorities of other kinds, made by openssl", () => {
  let folder: string;
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const KEYS = {
    rsa: ["rsa", "rsa_keygen_bits:2048"],
    small: ["rsa", "rsa_keygen_bits:1024"],
    p256: ["ec", "ec_paramgen_curve:P-256"],
    p384: ["ec", "ec_paramgen_curve:P-384"],
  };
  type Kind = keyof typeof KEYS;
  const CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign";
  const TSA = "keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping";
  const DAY = 86_400_000;

  /** A certificate and its key; without an issuer it is its own. */
  function certificate(name: string, kind: Kind, extensions: string, issuer?: string, hash = "sha256"): void {
    const [algorithm = "", option = ""] = KEYS[kind];
    openssl("genpkey", "-algorithm", algorithm, "-pkeyopt", option, "-out", `${name}.key`);
    openssl("req", "-new", "-key", `${name}.key`, "-subj", `/CN=${name}`, "-out", `${name}.csr`);
    writeFileSync(join(folder, `${name}.ext`), extensions);
    const by = issuer ? ["-CA", `${issuer}.pem`, "-CAkey", `${issuer}.key`] : ["-signkey", `${name}.key`];
    openssl(
      "x509",
      "-req",
      "-in",
      `${name}.csr`,
      "-days",
      "10",
      `-${hash}`,
      "-extfile",
      `${name}.ext`,
      ...by,
      "-out",
      `${name}.pem`,
    );
  }
  const read = (name: string) => certificatesOf(bytes(join(folder, `${name}.pem`)));
  const one = (name: string) => read(name).slice(0, 1);

  /** A stamp over a file of one byte, as an authority answers. */
  async function stamp(by: string, hash = "sha256", chain?: string): Promise<Signed> {
    const config = `[tsa]\ndefault_tsa=t\n[t]\nserial=./serial\ndefault_policy=1.2.3.4\ndigests=sha256,sha384,sha512\nsigner_digest=${hash}\ness_cert_id_alg=sha256\n`;
    writeFileSync(join(folder, "tsa.cnf"), config);
    writeFileSync(join(folder, "serial"), "01");
    writeFileSync(join(folder, "data"), "x");
    openssl("ts", "-query", "-data", "data", `-${hash}`, "-cert", "-out", "q.tsq");
    const more = chain ? ["-chain", `${chain}.pem`] : [];
    openssl(
      "ts",
      "-reply",
      "-config",
      "tsa.cnf",
      "-queryfile",
      "q.tsq",
      "-signer",
      `${by}.pem`,
      "-inkey",
      `${by}.key`,
      ...more,
      "-out",
      "r.tsr",
    );
    return verifyStamp(bytes(join(folder, "r.tsr")), new TextEncoder().encode("x"));
  }
  const leads = ({ certificate, others, at }: Signed, roots: ReturnType<typeof read>) =>
    leadsTo(certificate, roots, others, at, "time-stamps");

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "oyer-authorities-"));
    certificate("root", "p384", CA, undefined, "sha384");
    certificate("rsa-root", "rsa", CA, undefined, "sha512");
    certificate("other", "p256", CA);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("RSA and P-384, each with its digests", async () => {
    certificate("rsa", "rsa", TSA, "rsa-root", "sha512");
    certificate("p384", "p384", TSA, "root", "sha384");
    for (const [name, root, hash] of [
      ["rsa", "rsa-root", "sha256"],
      ["rsa", "rsa-root", "sha512"],
      ["p384", "root", "sha384"],
      ["p384", "root", "sha256"],
    ] as const) {
      const signed = await stamp(name, hash);
      expect(await leads(signed, [...one("other"), ...one(root)]), `${name} ${hash}`).toEqual(one(root)[0]);
      await expect(leads(signed, one("other"))).rejects.toThrow("none of the trusted roots");
      await expect(leadsTo(signed.certificate, one(root), [], signed.at, "documents")).rejects.toThrow(
        "something else",
      );
    }
  });

  it("a chain by way of others, and what breaks it", async () => {
    certificate("short", "p256", `${CA.replace("TRUE", "TRUE,pathlen:0")}`, "root");
    certificate("between", "p256", CA, "root");
    certificate("deeper", "p256", CA, "short");
    certificate("no-authority", "p256", "basicConstraints=critical,CA:FALSE", "root");
    certificate(
      "no-usage",
      "p256",
      "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,digitalSignature",
      "root",
    );
    certificate("strange", "p256", `${CA}\n1.2.3.4=critical,ASN1:NULL`, "root");
    certificate("weak", "small", CA, "root");
    for (const [above, between, why] of [
      ["between", ["between"], null],
      ["short", ["short"], null],
      ["deeper", ["deeper", "short"], "may not issue"],
      ["no-authority", ["no-authority"], "may not issue"],
      ["no-usage", ["no-usage"], "may not issue"],
      ["strange", ["strange"], "critical extension"],
      ["weak", ["weak"], "none of the trusted roots"],
    ] as const) {
      certificate("leaf", "p256", TSA, above);
      const [leaf] = one("leaf");
      if (!leaf) throw new Error("no certificate");
      const path = leadsTo(leaf, one("root"), between.flatMap(one), Date.now(), "time-stamps");
      if (why) await expect(path, above).rejects.toThrow(why);
      else expect(await path).toEqual(one("root")[0]);
      await expect(leadsTo(leaf, one("root"), [], Date.now(), "time-stamps")).rejects.toThrow();
    }
  });

  it("a certificate that is not for this, and times at which it was not valid", async () => {
    certificate("good", "p256", TSA, "root");
    const [good] = one("good");
    if (!good) throw new Error("no certificate");
    for (const days of [-2, 12])
      await expect(leadsTo(good, one("root"), [], Date.now() + days * DAY, "time-stamps")).rejects.toThrow(
        /valid|run out/,
      );
    for (const [extensions, why] of [
      ["extendedKeyUsage=timeStamping", "critical"],
      ["extendedKeyUsage=critical,timeStamping,emailProtection", "alone"],
      ["extendedKeyUsage=critical,emailProtection", "alone"],
      ["keyUsage=critical,digitalSignature", "alone"],
      [`${TSA.replace("digitalSignature", "keyAgreement")}`, "key usage"],
      [`${TSA}\nbasicConstraints=critical,CA:TRUE`, "signs no documents"],
    ] as const) {
      certificate("bad", "p256", extensions, "root");
      const [bad] = one("bad");
      if (!bad) throw new Error("no certificate");
      await expect(leadsTo(bad, one("root"), [], Date.now(), "time-stamps"), extensions).rejects.toThrow(why);
    }
    certificate("no-root", "p256", "basicConstraints=critical,CA:FALSE");
    certificate("under", "p256", TSA, "no-root");
    const [under] = one("under");
    if (!under) throw new Error("no certificate");
    await expect(leadsTo(under, one("no-root"), [], Date.now(), "time-stamps")).rejects.toThrow(
      "may not issue",
    );
  });
});

describe("PEM", () => {
  it("a stranger's file of blanks is refused at once, and what is damaged as well", () => {
    const latin = (text: string) => Uint8Array.from(Buffer.from(text, "latin1"));
    const [begin, end] = ["-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"];
    const blanks = "\n".repeat(1_000_000);
    const good = readFileSync(join(GOOD, "seal/certs/root.pem"), "latin1");
    for (const bad of [
      "",
      begin + blanks,
      begin + blanks + end,
      `${begin}\nMII${blanks}`,
      `${begin}\n${begin}\n${end}`,
      good.replace("MII", "M!I"),
      good.replace(end, ""),
    ])
      expect(() => certificatesOf(latin(bad)), bad.slice(0, 60)).toThrow();
    expect(certificatesOf(latin(`said before\n${good}${good}`))).toHaveLength(2);
  });
});

describe("certificates that every verifier takes or refuses alike", () => {
  const list = JSON.parse(readFileSync(join(GOOD, "../../certificates.json"), "utf8")) as {
    at: string;
    certificates: { about: string; certificate: string; root: string; accepted: boolean }[];
  };
  const der = (text: string) => Uint8Array.from(Buffer.from(text, "base64"));
  for (const { about, certificate, root, accepted } of list.certificates)
    it(about, async () => {
      const judge = async () => {
        const roots = [readCertificate(der(root))];
        const one = readCertificate(der(certificate));
        subjectOf(one);
        return leadsTo(one, roots, [], Date.parse(list.at), "documents");
      };
      if (accepted) await judge();
      else await expect(judge()).rejects.toBeInstanceOf(CertificateError);
    });
});

describe("what a browser lacks", () => {
  afterEach(() => vi.restoreAllMocks());
  it("is not checked, and never failed", async () => {
    const without = (name: string) => {
      const refuse = (kind: unknown) =>
        typeof kind === "object" && kind && "name" in kind && kind.name === name;
      const { subtle } = crypto;
      const importKey = subtle.importKey.bind(subtle) as (...all: unknown[]) => Promise<CryptoKey>;
      vi.spyOn(subtle, "importKey").mockImplementation((...all: unknown[]) =>
        refuse(all[2]) ? Promise.reject(new DOMException("?", "NotSupportedError")) : importKey(...all),
      );
      const generateKey = subtle.generateKey.bind(subtle) as (...all: unknown[]) => Promise<never>;
      vi.spyOn(subtle, "generateKey").mockImplementation((...all: unknown[]) =>
        refuse(all[0]) ? Promise.reject(new DOMException("?", "NotSupportedError")) : generateKey(...all),
      );
    };
    const bundle = (path: string) => ({ entries: entriesOf(join(GOOD, "..", path)), complete: true });
    const roots = certificatesOf(bytes(join(GOOD, "seal/certs/root.pem")));
    const logKeys = await keysOf(bytes(join(GOOD, "../../keys/TEST-ONLY-log.txt")));
    const judge = async (path: string, logKeys: LogKey[]) => {
      const trust = { roots, timeRoots: [], logKeys };
      const { outcome, checks } = await verify(bundle(path), trust, Date.now(), () => undefined);
      const of = (check: string) => checks.filter((c) => c.check === check).map((c) => c.verdict);
      return { outcome, of, failed: checks.filter((c) => c.verdict === "failed") };
    };
    const all = await judge("logged", logKeys);
    expect([all.outcome, all.of("transparency_log"), all.of("cosigners")]).toEqual([
      "proved",
      ["proved"],
      ["trusted"],
    ]);
    without("Ed25519");
    // Whoever named the log asked for what this browser cannot say.
    const noLog = await judge("logged", logKeys);
    expect(noLog.failed).toEqual([]);
    expect([noLog.outcome, noLog.of("transparency_log"), noLog.of("cosigners")]).toEqual([
      "proofs_missing",
      ["missing"],
      ["missing"],
    ]);
    expect((await judge("logged", [])).outcome).toBe("proved");
    vi.restoreAllMocks();
    without("ECDSA");
    const nothing = await judge("closed", []);
    expect(nothing.failed).toEqual([]);
    expect(nothing.outcome).toBe("signer_not_checked");
    for (const check of ["seal", "signer", "time_stamp", "independent_time"])
      expect(nothing.of(check), check).toEqual(["not_checked"]);
  });
});

describe("keys and proofs of the log", () => {
  const key = "test-only.example/log+003e0457+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c";
  const read = (text: string) => keysOf(new TextEncoder().encode(text));
  it("keys have one spelling", async () => {
    expect((await read(`# them\r\n\r\n  ${key}\r\n`)).map((k) => k.kind)).toEqual(["log"]);
    for (const bad of [
      "",
      "# none\n",
      key.slice(0, -4),
      key.replace("003e0457", "003E0457"),
      key.replace("test", "text"),
      key.replace("+AYq", "+BYq"),
      key.replace("29c", "29d"),
      `${key}=`,
      `${key}\nx`,
      `a b${key}`,
    ])
      await expect(read(bad), bad).rejects.toThrow(LogError);
  });

  it("no byte of a proof can change, but in signatures of strangers", async () => {
    const folder = join(GOOD, "../logged");
    const logKeys = await keysOf(bytes(join(GOOD, "../../keys/TEST-ONLY-log.txt")));
    const path = "seal/manifest-sha256.txt.tlog-proof";
    const proof = bytes(join(folder, path));
    const all = entriesOf(folder).filter((e) => e.path !== path);
    const manifest = Buffer.from(
      await crypto.subtle.digest("SHA-256", bytes(join(folder, "manifest-sha256.txt"))),
    ).toString("hex");
    const judge = async (content: Uint8Array<ArrayBuffer>) => {
      const findings = new Findings();
      const entries: Entry[] = [...all, { path, kind: "file", content: new Blob([content]) }];
      const contents = new Contents({ entries, complete: true }, findings);
      await new Log(contents, logKeys, Date.now(), findings).check(manifest);
      return findings.report().checks.flatMap((c) => (c.check === "names" ? [] : `${c.check} ${c.verdict}`));
    };
    expect(await judge(proof)).toEqual(["transparency_log proved", "cosigners trusted"]);
    for (let i = 0; i < proof.length; i++) {
      const changed = proof.slice();
      changed[i] = (changed[i] ?? 0) ^ 1;
      expect(await judge(changed), `byte ${i}`).not.toEqual(["transparency_log proved", "cosigners trusted"]);
    }
  });
});
