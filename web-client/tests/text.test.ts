import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FluentBundle, FluentResource } from "@fluent/bundle";
import { type Pattern, parse } from "@fluent/syntax";
import { parseSync } from "vite";
import { describe, expect, it } from "vitest";
import { routeOf } from "../src/app/route";
import {
  dateTime,
  dateTimeInZone,
  fineTime,
  fineTimeUp,
  localToRfc3339,
  mediaTime,
  zone,
} from "../src/core/format";
import { firstLanguage } from "../src/core/text";

const root = join(import.meta.dirname, "..");
const files = (dir: string): string[] =>
  readdirSync(join(root, dir), { recursive: true, encoding: "utf8" }).map((f) => join(dir, f));
const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** Variables of a message, and what it says with each of its choices. */
function variables(pattern: Pattern): Set<string> {
  const found = new Set<string>();
  JSON.stringify(pattern, (_key, value) => {
    if (value?.type === "VariableReference") found.add(value.id.name);
    return value;
  });
  return found;
}

function catalogue(language: string): Map<string, Set<string>> {
  const messages = new Map<string, Set<string>>();
  for (const path of files(`src/content/${language}`)) {
    for (const entry of parse(read(path), {}).body) {
      if (entry.type === "Junk") throw new Error(`${path}: ${entry.content}`);
      if (entry.type !== "Message") continue;
      if (messages.has(entry.id.name)) throw new Error(`${path}: ${entry.id.name} twice`);
      if (!entry.value) throw new Error(`${path}: ${entry.id.name} says nothing`);
      messages.set(entry.id.name, variables(entry.value));
    }
  }
  return messages;
}

const LANGUAGES = ["en", "uz", "ru"];
const catalogues = new Map(LANGUAGES.map((code) => [code, catalogue(code)]));
const english = catalogues.get("en") as Map<string, Set<string>>;
const sources = [...files("src"), ...files("verifier")].filter(
  (p) => /\.tsx?$/.test(p) && !p.endsWith("wire.ts"),
);

/** Members of a union of strings in the generated types. */
function union(name: string): string[] {
  const line = new RegExp(`export type ${name} = ([^;]*);`).exec(read("src/core/wire.ts"))?.[1] ?? "";
  return [...line.matchAll(/"([a-z_]+)"/g)].map((m) => m[1] ?? "");
}
const dashed = (words: string[]): string[] => words.map((w) => w.replaceAll("_", "-"));
const acts = [...read("src/core/wire.ts").matchAll(/"act": "([a-z_]+)"/g)].map((m) => m[1] ?? "");

/** Keys that code puts together, each with every ending it may get. */
const FAMILIES: Record<string, string[]> = {
  "condition-": ["recording", "sealing"],
  "condition-encrypt-": dashed(union("EncryptFault")),
  "condition-seal-": dashed(union("SealFault")).flatMap((why) => [why, `${why}-do`]),
  "condition-copy-": dashed(union("CopyFault")).flatMap((why) => [why, `${why}-do`]),
  "role-": union("Role"),
  "redactions-is-": ["cut", "mute", "mute-all", "cover", "cover-all"],
  "redactions-kind-": union("RedactionKind"),
  "redactions-fault-": ["order", "outside"],
  "state-": [...dashed(union("HearingState")), "unknown"],
  "waiting-state-": dashed(union("HearingState")),
  "news-state-": dashed(union("HearingState")),
  "recording-": [...dashed(union("RecordingStatus")), "unknown", "not-here"],
  "bench-record-": [...dashed(union("RecordingStatus")), "unknown"],
  "recording-state-": union("RecordingState"),
  "quality-": [...union("Quality"), "unknown"],
  "banner-quality-": ["weak", "bad"],
  "testimony-": union("Testimony"),
  "invite-state-": union("InvitationState"),
  "did-": dashed(acts),
  "act-": ["pending", "done", "failed"],
  "ended-": [
    ...dashed(union("ByeReason")),
    ...dashed(union("ByeReason")).map((r) => `${r}-title`),
    "removed-again",
  ],
  "microphone-": ["denied", "missing", "busy", "insecure", "failed"],
  "camera-": ["denied", "missing", "busy", "insecure", "failed"],
  "devices-": ["denied", "missing", "busy", "insecure", "failed"],
  "word-": [...read("src/core/word.ts").matchAll(/^ {2}\| "([a-z-]+)"/gm)].map((m) => m[1] ?? ""),
  "reach-": [
    "both",
    "sound",
    "picture",
    "nothing",
    "quiet",
    "watch",
    "watch-unheard",
    "watch-alone",
    "unsent",
    "connecting",
    "screened",
    "screened-picture",
  ],
  "warning-": ["link-declined", "seat-taken-over"],
  "news-": ["link-declined", "seat-taken-over"],
  "ready-": ["both", "sound", "picture", "nothing", "silenced"],
  "court-": ["hearing-closed", "hearing-adjourned", "left"],
  "join-back-": ["hearing", "consultation", "retired"],
  "custody-state-": ["open", "succeeded", "failed", "unknown"],
  "custody-verified-": ["open", "succeeded", "failed", "unknown"],
  "verifier-": [
    ...["root", "time-root"].flatMap((kind) => [kind, `${kind}-hint`]),
    ...["proved", "signer-not-checked", "proofs-missing", "failed"].flatMap((outcome) => [
      outcome,
      `${outcome}-text`,
    ]),
    // What is said otherwise of what is no original recording.
    "redacted-proved",
    ...["proved", "proved-text", "signer-not-checked", "failed"].map((outcome) => `disposal-${outcome}`),
  ],
  "verifier-disposal-": [
    ...["files-deleted", "key-destroyed"],
    ...["case", "hearing", "sealed", "files", "kept", "proposed", "approved", "issued"],
  ],
  "verifier-trouble-": [
    ...(/TROUBLES = new Set\(\[([^\]]*)\]/.exec(read("verifier/page.tsx"))?.[1] ?? "").matchAll(
      /"([a-z-]+)"/g,
    ),
  ]
    .map((m) => m[1] ?? "")
    .concat("other"),
  "verifier-kind-": ["proved", "trusted", "not-checked", "missing", "failed"],
  "verifier-key-of-": ["log", "cosigner"],
  "verifier-fact-": ["recording", "manifest", "fingerprint"],
  "verifier-found-": [
    ...["proved", "not-checked"].map((verdict) => `names-${verdict}`),
    ...["trusted", "failed"].map((verdict) => `signer-${verdict}`),
    ...["independent-time", "transparency-log", "cosigners", "custody"].map((check) => `${check}-missing`),
  ],
  "people-": ["waiting", "here", "apart", "absent", "gone"].flatMap((g) => [g, `${g}-none`]),
  "check-path-": ["direct", "tcp", "relay"],
  "check-verdict-": [...read("src/core/check.ts").matchAll(/^ {2}\| "([a-z_]+)"/gm)].map((m) =>
    (m[1] ?? "").replaceAll("_", "-"),
  ),
  "player-picture-": ["blank", "failed", "unplayable"],
  "player-sound-": ["failed", "unplayable"],
  "verdict-": ["proved", "trusted", "not-checked", "missing", "failed"],
  "gap-": ["muted", "lost", "stalled", "outage", "late-key-frame", "not-started", "ended"],
  "custody-": [
    "recorded",
    "sealed",
    "attached",
    "time-stamped",
    "logged",
    "resealed",
    "annotated",
    "redaction-ordered",
    "redaction-lifted",
    "redacted",
    "derived",
    "viewed",
    "verified",
    "exported",
    "access-copy",
    "resealed",
    "enclosed",
    "repaired",
    "copy-removed",
    "media-requested",
    "request-refused",
    "released",
    "release-withdrawn",
    "played",
    "retention-set",
    "held",
    "hold-lifted",
    "disposal-proposed",
    "disposal-decided",
    "disposed",
  ],
  "request-state-": [...union("RequestState"), "over"],
  "request-form-": dashed(union("ReleaseForm")),
  "retention-class-": dashed(union("RetentionClass")),
  "disposal-": dashed(union("DisposalState")),
  "capture-": [
    ...["witness-room", "closing"].map((step) => `${step}-field`),
    ...["witness", "room"].flatMap((to) =>
      [...dashed(union("Step")), "stands", "off-record", "objection", "asks", "ends"].map(
        (s) => `${to}-${s}`,
      ),
    ),
  ],
  "capture-step-": dashed(union("Step")),
  "capture-say-": dashed(union("Step")),
  "capture-state-": dashed(union("StepState")),
  "capture-whose-": union("WitnessFor"),
  "show-protocol-": dashed(union("Protocol")),
  "together-seal-": ["same", "partly", "begins", "none"],
  "ruling-": union("Ruling").filter((r) => r !== "withdrawn"),
  "adjourn-": ["title", "text", "confirm"],
  "suspend-": ["title", "text", "confirm"],
  // Looked up with `has` first: what the catalogue does not know is shown as the server put it.
  "problem-": [],
  "proof-": [],
  // Folders of a bundle.
  "reseal-": [],
  "found-": [],
  "found-any-": [],
  "log-": [],
};

describe("catalogues", () => {
  it("hold the same sentences with the same variables in every language", () => {
    for (const [code, messages] of catalogues) {
      expect([...messages.keys()].sort(), code).toEqual([...english.keys()].sort());
      for (const [id, wanted] of english) {
        expect([...(messages.get(id) ?? [])].sort(), `${code} ${id}`).toEqual([...wanted].sort());
      }
    }
  });

  it("can be said without an error in every language", () => {
    for (const code of LANGUAGES) {
      const bundle = new FluentBundle(code, { useIsolating: false });
      for (const path of files(`src/content/${code}`)) bundle.addResource(new FluentResource(read(path)));
      for (const [id, wanted] of english) {
        const pattern = bundle.getMessage(id)?.value;
        expect(pattern, `${code} ${id}`).toBeTruthy();
        for (const value of [1, 2, 5, 21, "yes", "oath"]) {
          const errors: Error[] = [];
          const text = bundle.formatPattern(
            pattern ?? "",
            Object.fromEntries([...wanted].map((v) => [v, value])),
            errors,
          );
          expect(errors, `${code} ${id}`).toEqual([]);
          expect(text.trim(), `${code} ${id}`).not.toBe("");
        }
      }
    }
  });

  it("have no sentence left in English", () => {
    const raw = (code: string) =>
      new Map(
        files(`src/content/${code}`).flatMap((p) =>
          parse(read(p), {}).body.flatMap((e) =>
            e.type === "Message" ? [[e.id.name, JSON.stringify(e.value)] as const] : [],
          ),
        ),
      );
    const en = raw("en");
    const proper = new Set(["brand", "home-title", "check-camera"]);
    for (const code of ["uz", "ru"]) {
      const same = [...raw(code)]
        .filter(([id, value]) => en.get(id) === value && !proper.has(id))
        .map(([id]) => id);
      expect(
        same.filter((id) => id !== "player-position-text"),
        code,
      ).toEqual([]);
    }
  });

  it("have every sentence that the code asks for", () => {
    const missing: string[] = [];
    const families = new Set<string>();
    for (const path of sources) {
      const text = read(path);
      for (const m of text.matchAll(/\b(?:t|say)\(\s*"([a-z0-9_-]+)"/g)) {
        if (!english.has(m[1] ?? "")) missing.push(`${path}: ${m[1]}`);
      }
      for (const m of text.matchAll(/`([a-z-]+-)\$\{/g)) families.add(m[1] ?? "");
    }
    for (const [prefix, endings] of Object.entries(FAMILIES)) {
      for (const ending of endings) if (!english.has(prefix + ending)) missing.push(prefix + ending);
    }
    expect(missing).toEqual([]);
    // Ids of elements and test hooks are put together too; those are no sentences.
    const hooks = [
      "call-",
      "admit-",
      "consult-",
      "back-",
      "swear-",
      "affirm-",
      "release-",
      "identify-",
      "mute-",
      "readmit-",
      "rule-",
      "step-",
      "leave-out-",
      "dismiss-",
      "remove-",
      "keep-from-",
      "screen-",
      "send-to-waiting-",
      "link-",
      "fold-",
      "until-",
      "name-",
      "ended-",
      "replaced-",
      "switch-on-",
      "kind-",
      "segment-",
      "reseal-",
      "film-",
      "release-link-",
      "recorded-",
      "ask-",
      "decide-",
      "withdraw-",
      "lift-",
      "redaction-entry-",
      "propose-",
      "approve-",
      "reject-",
    ];
    for (const family of families) {
      if (hooks.includes(family)) continue;
      expect(Object.keys(FAMILIES), `sentences beginning with ${family}`).toContain(family);
    }
  });

  it("hold no sentence that nothing asks for", () => {
    const all = sources.map(read).join("\n");
    const unused = [...english.keys()].filter((id) => {
      if (all.includes(`"${id}"`)) return false;
      return !Object.entries(FAMILIES).some(
        ([p, e]) => id.startsWith(p) && (e.includes(id.slice(p.length)) || e.length === 0),
      );
    });
    expect(unused).toEqual([]);
  });

  it("word every problem that the server names", () => {
    const rust = (dir: string) =>
      readdirSync(join(root, dir), { recursive: true, encoding: "utf8" })
        .filter((f) => f.endsWith(".rs"))
        .map((f) => read(join(dir, f)))
        .join("\n");
    const doors = rust("../src/http");
    const codes = [
      ...[...rust("../src/court").matchAll(/Refusal::\w+ => "([a-z_]+)"/g)].map((m) => m[1] ?? ""),
      ...[...doors.matchAll(/StatusCode::[A-Z_]+,\s*"([a-z_]+)"/g)].map((m) => m[1] ?? ""),
    ];
    expect(codes.length).toBeGreaterThan(15);
    const missing = codes.filter((code) => !english.has(`problem-${code.replaceAll("_", "-")}`));
    expect([...new Set(missing)]).toEqual([]);
  });

  it("word every check of a verification", () => {
    const verifier = readdirSync(join(root, "../src/seal/verify"), { recursive: true, encoding: "utf8" })
      .filter((f) => f.endsWith(".rs"))
      .map((f) => read(join("../src/seal/verify", f)))
      .join("\n");
    const dashes = (name: string) => name.replace(/(?!^)[A-Z]/g, (c) => `-${c}`).toLowerCase();
    const [, codes = ""] = /pub enum CheckCode \{([^}]*)\}/.exec(verifier) ?? [];
    const names = [...codes.matchAll(/^\s+([A-Z]\w+),/gm)].map((m) => dashes(m[1] ?? ""));
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !english.has(`proof-${name}`))).toEqual([]);
    // Whatever the verifier may find, as far as it names the check on the spot.
    const found = [
      ...verifier.matchAll(/\.(proved|trusted|not_checked)(?:_unless_failed)?\(\s*CheckCode::(\w+)/g),
    ].map((m) => `found-${dashes(m[2] ?? "")}-${(m[1] ?? "").replace("_", "-")}`);
    expect(found.length).toBeGreaterThan(8);
    expect(found.filter((id) => !english.has(id))).toEqual([]);
    expect(
      names.filter((name) => ![...english.keys()].some((id) => id.startsWith(`found-${name}-`))),
    ).toEqual([]);
  });

  it("word every entry of the court log", () => {
    const sitting = ["sitting", "sitting/course", "sitting/rooms"]
      .map((room) => read(`../src/court/${room}.rs`))
      .join("\n");
    const kinds = [...sitting.matchAll(/facts\s*\.\s*(?:note|about)\(\s*"([a-z_]+)"/g)].map(
      (m) => m[1] ?? "",
    );
    expect(kinds.length).toBeGreaterThan(10);
    const missing = kinds.filter((kind) => !english.has(`log-${kind.replaceAll("_", "-")}`));
    expect([...new Set(missing)]).toEqual([]);
  });
});

describe("components", () => {
  it("hold no sentence of their own", () => {
    const found: string[] = [];
    const wordy = (text: string) => /\p{L}{2,}/u.test(text);
    const walk = (node: unknown, path: string): void => {
      if (Array.isArray(node)) for (const n of node) walk(n, path);
      else if (node && typeof node === "object") {
        const n = node as Record<string, unknown>;
        if (n.type === "JSXText" && wordy(String(n.value))) found.push(`${path}: ${String(n.value).trim()}`);
        if (n.type === "JSXAttribute") {
          const name = (n.name as { name?: unknown }).name;
          const value = n.value as { type?: string; value?: unknown } | null;
          if (
            ["aria-label", "title", "alt", "placeholder", "label", "aria-description"].includes(
              String(name),
            ) &&
            value?.type === "Literal" &&
            wordy(String(value.value))
          ) {
            found.push(`${path}: ${name}=${value.value}`);
          }
        }
        for (const v of Object.values(n)) if (v && typeof v === "object") walk(v, path);
      }
    };
    for (const path of sources.filter((p) => p.endsWith(".tsx"))) {
      const parsed = parseSync(path, read(path), { lang: "tsx" });
      expect(parsed.errors, path).toEqual([]);
      walk(parsed.program, path);
    }
    // Languages are named each in its own words, and those names are data.
    expect(found).toEqual([]);
  });
});

describe("language and times", () => {
  it("begins with the language chosen, else with the first of the person's own that the page has", () => {
    expect(firstLanguage("ru", ["en"])).toBe("ru");
    expect(firstLanguage(null, ["de-DE", "uz-Cyrl-UZ", "en"])).toBe("uz");
    expect(firstLanguage("xx", ["fr"])).toBe("en");
  });
  it("writes times as people do", () => {
    expect(mediaTime(0)).toBe("0:00");
    expect(mediaTime(61_999)).toBe("1:01");
    expect(mediaTime(3_723_000)).toBe("1:02:03");
    expect(mediaTime(-5)).toBe("0:00");
    expect(fineTime(940)).toBe("0:00.9");
    // What is missing is never nothing.
    expect([0, 1, 99, 900, 901, 59_950].map(fineTimeUp)).toEqual([
      "0:00.1",
      "0:00.1",
      "0:00.1",
      "0:00.9",
      "0:01.0",
      "1:00.0",
    ]);
    const when = new Date(2026, 10, 24, 15, 4).getTime();
    expect(dateTime(when, "en-GB")).toContain("24 November 2026");
    expect(dateTime(when, "en-GB")).toContain("15:04");
    expect(dateTime(when, "ru-RU")).toContain("24 ноября 2026");
    expect(dateTime(when, "uz-Latn-UZ")).toBe("24-noyabr 2026-yil, seshanba, 15:04");
    expect(dateTime("nonsense", "en-GB")).toBe("nonsense");
    expect(dateTimeInZone(when, "en-GB")).toBe(`${dateTime(when, "en-GB")} (${zone(when, "en-GB")})`);
    expect(zone(when, "uz-Latn-UZ")).toMatch(/^UTC([+−]\d{1,2}(:\d\d)?)?$/);
    expect(zone("nonsense", "en-GB")).toBe("");
    expect(localToRfc3339("2026-12-01T10:00")).toBe(new Date(2026, 11, 1, 10, 0).toISOString());
    expect(localToRfc3339("")).toBeNull();
  });
  it("knows its pages", () => {
    const id = "00000000-0000-7000-8000-000000000001";
    expect(routeOf("/")).toEqual({ page: "home" });
    expect(routeOf("/join")).toEqual({ page: "join" });
    expect(routeOf(`/recording/${id}`)).toEqual({ page: "recording", id });
    expect(routeOf("/case/../x")).toEqual({ page: "unknown" });
    expect(routeOf("/case/")).toEqual({ page: "unknown" });
  });
});
