// A Firefox driven by WebDriver BiDi (w3c.github.io/webdriver-bidi), with as much of Playwright's page as the people of these
// tests use: Playwright itself drives only a Firefox of its own make, and a court's people have the one of their system.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { until } from "./checks.mjs";

const require = createRequire(resolve(import.meta.dirname, "../../web-client/package.json"));
const { WebSocket } = require("ws");
const FIREFOX = process.env.FIREFOX ?? "/usr/bin/firefox-esr";
const READY_MS = 60_000;
const COMMAND_MS = 60_000;
const CLICK_MS = 15_000;

/** Nothing is fetched that the page does not ask for. */
const QUIET = {
  "app.normandy.enabled": false,
  "app.update.disabledForTesting": true,
  "browser.newtabpage.enabled": false,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "browser.safebrowsing.update.enabled": false,
  "browser.search.update": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.page": 0,
  "datareporting.policy.dataSubmissionEnabled": false,
  "extensions.getAddons.cache.enabled": false,
  "extensions.update.enabled": false,
  "media.gmp-manager.updateEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "toolkit.telemetry.enabled": false,
};

/** The commands and events of one browser. */
class Connection {
  #socket;
  #last = 0;
  #waiting = new Map();
  #listeners = new Map();

  constructor(socket) {
    this.#socket = socket;
    socket.on("message", (data) => this.#take(JSON.parse(data)));
    socket.on("close", () => {
      for (const { fail } of this.#waiting.values()) fail(new Error("the browser is gone"));
      this.#waiting.clear();
    });
  }

  #take(message) {
    if (message.type === "event") {
      for (const act of this.#listeners.get(message.method) ?? []) act(message.params);
      return;
    }
    const command = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.type === "success") command?.done(message.result);
    else command?.fail(new Error(`${command.method}: ${message.error}: ${message.message}`));
  }

  send(method, params = {}) {
    const id = ++this.#last;
    const answer = new Promise((done, fail) => {
      const late = setTimeout(() => fail(new Error(`${method}: no answer within ${COMMAND_MS} ms`)), COMMAND_MS);
      const settle = (then) => (value) => {
        clearTimeout(late);
        then(value);
      };
      this.#waiting.set(id, { method, done: settle(done), fail: settle(fail) });
    });
    this.#socket.send(JSON.stringify({ id, method, params }));
    return answer.finally(() => this.#waiting.delete(id));
  }

  on(method, act) {
    this.#listeners.set(method, [...(this.#listeners.get(method) ?? []), act]);
  }
}

class Locator {
  constructor(page, selector) {
    Object.assign(this, { page, selector });
  }

  first() {
    return this;
  }

  count() {
    return this.page.evaluate((selector) => document.querySelectorAll(selector).length, this.selector);
  }

  getAttribute(name) {
    const look = ([selector, name]) => document.querySelector(selector)?.getAttribute(name) ?? null;
    return this.page.evaluate(look, [this.selector, name]);
  }

  textContent() {
    return this.page.evaluate((selector) => document.querySelector(selector)?.textContent ?? null, this.selector);
  }

  #visible() {
    return this.page.evaluate((selector) => document.querySelector(selector)?.checkVisibility() ?? false, this.selector);
  }

  waitFor({ timeout = CLICK_MS } = {}) {
    return until(`${this.selector} is visible`, () => this.#visible(), Boolean, timeout);
  }

  /** Presses it as a hand does: where it is on the screen, once it may be pressed. */
  async click({ timeout = CLICK_MS } = {}) {
    const ready = (selector) => {
      const element = document.querySelector(selector);
      if (!element?.checkVisibility() || element.matches(":disabled")) return false;
      element.scrollIntoView({ block: "center", behavior: "instant" });
      const { left, top, width, height } = element.getBoundingClientRect();
      const hit = document.elementFromPoint(left + width / 2, top + height / 2);
      return element === hit || element.contains(hit);
    };
    await until(`${this.selector} can be pressed`, () => this.page.evaluate(ready, this.selector), Boolean, timeout);
    await this.page.press(this.selector);
  }
}

class Page {
  #connection;
  #context;

  constructor(connection, context) {
    this.#connection = connection;
    this.#context = context;
  }

  on(event, act) {
    const mine = (source) => source?.context === this.#context;
    if (event === "request") {
      this.#connection.on("network.beforeRequestSent", (e) => mine(e) && act({ url: () => e.request.url }));
      return;
    }
    const kind = event === "pageerror" ? "javascript" : "console";
    this.#connection.on("log.entryAdded", (e) => {
      if (e.type !== kind || e.level !== "error" || !mine(e.source)) return;
      const url = e.stackTrace?.callFrames[0]?.url ?? "";
      act(kind === "javascript" ? e.text : { type: () => "error", text: () => e.text, location: () => ({ url }) });
    });
  }

  locator(selector) {
    return new Locator(this, selector);
  }

  goto(url) {
    return this.#connection.send("browsingContext.navigate", { context: this.#context, url, wait: "complete" });
  }

  reload() {
    return this.#connection.send("browsingContext.reload", { context: this.#context, wait: "complete" });
  }

  url() {
    return this.evaluate(() => location.href);
  }

  async evaluate(act, argument) {
    const { type, result, exceptionDetails } = await this.#connection.send("script.callFunction", {
      functionDeclaration: `async (json) => JSON.stringify(await (${act})(JSON.parse(json))) ?? "null"`,
      arguments: [{ type: "string", value: JSON.stringify(argument ?? null) }],
      target: { context: this.#context },
      awaitPromise: true,
    });
    if (type === "exception") throw new Error(exceptionDetails.text);
    return JSON.parse(result.value);
  }

  waitForFunction(act) {
    return until("the page is so", () => this.evaluate(act), Boolean, CLICK_MS);
  }

  async press(selector) {
    const context = this.#context;
    const { nodes } = await this.#connection.send("browsingContext.locateNodes", {
      context,
      locator: { type: "css", value: selector },
      maxNodeCount: 1,
    });
    if (nodes.length === 0) throw new Error(`${selector} is gone`);
    const origin = { type: "element", element: { sharedId: nodes[0].sharedId } };
    await this.#connection.send("input.performActions", {
      context,
      actions: [{
        type: "pointer",
        id: "mouse",
        actions: [
          { type: "pointerMove", x: 0, y: 0, origin },
          { type: "pointerDown", button: 0 },
          { type: "pointerUp", button: 0 },
        ],
      }],
    });
  }

  async screenshot({ path }) {
    const { data } = await this.#connection.send("browsingContext.captureScreenshot", { context: this.#context });
    writeFileSync(path, Buffer.from(data, "base64"));
  }
}

/** Opens a Firefox with a profile of its own; `scripts` run in every page before its own code. */
export async function openFirefox({ prefs, scripts, viewport, env = {} }) {
  const profile = mkdtempSync(join(tmpdir(), "oyer-firefox-"));
  const lines = Object.entries({ ...QUIET, ...prefs }).map(([k, v]) => `user_pref(${JSON.stringify(k)}, ${JSON.stringify(v)});`);
  writeFileSync(join(profile, "user.js"), lines.join("\n"));
  const child = spawn(FIREFOX, ["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, MOZ_CRASHREPORTER_DISABLE: "1", ...env },
  });
  const gone = new Promise((done) => {
    child.on("exit", done);
    child.on("error", done);
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (said = (said + text).slice(-20_000)));
  const close = async () => {
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await gone;
    clearTimeout(late);
    rmSync(profile, { recursive: true, force: true });
  };
  try {
    const address = await until(
      "Firefox listens",
      () => {
        if (child.exitCode !== null || !child.pid) throw new Error(`${FIREFOX} ended: ${said}`);
        return /WebDriver BiDi listening on (ws:\/\/\S+)/.exec(said)?.[1];
      },
      Boolean,
      READY_MS,
    );
    const socket = new WebSocket(`${address}/session`);
    await once(socket, "open");
    const connection = new Connection(socket);
    await connection.send("session.new", { capabilities: {} });
    await connection.send("session.subscribe", { events: ["log.entryAdded", "network.beforeRequestSent"] });
    for (const script of scripts) {
      await connection.send("script.addPreloadScript", { functionDeclaration: String(script) });
    }
    const { contexts } = await connection.send("browsingContext.getTree");
    const { context } = contexts[0];
    await connection.send("browsingContext.setViewport", { context, viewport });
    return { page: new Page(connection, context), close };
  } catch (error) {
    await close();
    throw error;
  }
}
