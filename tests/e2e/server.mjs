// The server under test: a child process with data of its own, on free ports.

import { spawn } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { until } from "./checks.mjs";

const ROOT = resolve(import.meta.dirname, "../..");
const OYER = process.env.OYER ? resolve(process.env.OYER) : join(ROOT, "target/debug/oyer");
const STOP_WITHIN_MS = 10_000;

export async function startServer() {
  const folder = mkdtempSync(join(tmpdir(), "oyer-e2e-"));
  const data = join(folder, "data");
  const log = openSync(join(folder, "server.log"), "a");
  const child = spawn(
    OYER,
    ["serve", "--demo", "--listen", "127.0.0.1:0", "--media-port", "0", "--data", data],
    { stdio: ["ignore", log, log] },
  );
  let ended = null;
  const gone = new Promise((done) => {
    child.on("exit", (code, signal) => done((ended = code ?? signal)));
    child.on("error", (error) => done((ended = String(error))));
  });
  const demo = await until(
    "the server is ready",
    async () => {
      if (ended !== null) throw new Error(`the server ended with ${ended}; see ${folder}/server.log`);
      try {
        const demo = JSON.parse(readFileSync(join(data, "demo.json"), "utf8"));
        const ready = await fetch(`${demo.base_url}/readyz`);
        return ready.ok ? demo : null;
      } catch {
        return null; // not written yet, or not listening yet
      }
    },
    (demo) => demo !== null,
    60_000,
  );
  return {
    base: demo.base_url,
    demo,
    folder,
    link: (role) => person(demo, role).link,
    id: (role) => person(demo, role).id,
    async stop() {
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
      await gone;
      clearTimeout(late);
      if (process.env.KEEP) console.log(`kept: ${folder}`);
      else rmSync(folder, { recursive: true, force: true });
    },
  };
}

function person(demo, role) {
  const found = demo.participants.find((p) => p.role === role);
  if (!found) throw new Error(`demo.json names no ${role}`);
  return found;
}

/** The API as one session. */
export function api(base, session) {
  const call = async (method, path, body) => {
    const response = await fetch(`${base}/api/v1${path}`, {
      method,
      headers: {
        ...(session ? { authorization: `Bearer ${session}` } : {}),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  return {
    get: async (path) => (await call("GET", path)).json(),
    post: async (path, body) => (await call("POST", path, body)).json(),
    act: (hearing, act) => call("POST", `/hearings/${hearing}/acts`, act),
    text: async (path) => (await call("GET", path)).text(),
    async download(path) {
      const response = await fetch(new URL(path, base));
      if (!response.ok) throw new Error(`GET ${path}: ${response.status}`);
      return Buffer.from(await response.arrayBuffer());
    },
  };
}

/** Redeems a link outside any browser. */
export async function redeem(server, role) {
  const secret = server.link(role).split("#")[1];
  const session = await api(server.base).post("/invitations/redeem", { secret });
  return { me: session.me, api: api(server.base, session.session) };
}
