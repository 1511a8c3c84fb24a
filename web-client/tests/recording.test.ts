import { describe, expect, it } from "vitest";
import { afterFailure, caseAfterFailure, OTHER_RECORDING, otherRecording, recording } from "../dev/data";
import { Api, ApiError, localProblem } from "../src/core/api";
import { findParts, partsElsewhere } from "../src/core/evidence";
import { Attempts, shownOf } from "../src/core/playback";
import { Tickets } from "../src/core/tickets";
import { httpSource, Refused } from "../src/core/track-file";

describe("parts of the hearing that are in another recording", () => {
  it("are those that the log tells of and that are not here", () => {
    expect(partsElsewhere(recording({}))).toEqual([]);
    expect(partsElsewhere(afterFailure({}))).toEqual([3]);
  });

  it("are found in the other recordings of the same hearing", async () => {
    const asked: string[] = [];
    const api = {
      caseFile: async () => caseAfterFailure,
      recording: async (id: string) => {
        asked.push(id);
        return otherRecording();
      },
    };
    expect([...(await findParts(afterFailure({}), api))]).toEqual([[3, OTHER_RECORDING]]);
    expect(asked).toEqual([OTHER_RECORDING]);
    expect((await findParts(recording({}), api)).size).toBe(0);
    expect(asked).toHaveLength(1);
  });

  it("are in none while the further recording is not sealed, nor in one of another hearing", async () => {
    const evidence = caseAfterFailure.evidence.map((e) => ({ ...e, hearing: `${e.hearing.slice(0, -1)}1` }));
    const api = {
      caseFile: async () => ({ ...caseAfterFailure, evidence }),
      recording: async () => Promise.reject(new Error("asked for another hearing")),
    };
    expect((await findParts(afterFailure({}), api)).size).toBe(0);
  });
});

describe("the files of one camera", () => {
  it("show the one that has the moment, whatever became of the others", () => {
    expect(shownOf(["failed", "play"])).toEqual({ file: 1, says: null });
    expect(shownOf(["blank", "end", "unplayable"])).toEqual({ file: 1, says: null });
    expect(shownOf(["blank", "wait"])).toEqual({ file: 1, says: null });
  });

  it("say that it failed also where only one of them could not be fetched", () => {
    expect(shownOf(["blank", "failed"])).toEqual({ file: -1, says: "failed" });
    expect(shownOf(["blank", "unplayable"])).toEqual({ file: -1, says: "unplayable" });
    expect(shownOf(["blank", "blank"])).toEqual({ file: -1, says: "blank" });
    expect(shownOf([undefined])).toEqual({ file: -1, says: null });
    expect(shownOf([])).toEqual({ file: -1, says: null });
  });
});

describe("attempts", () => {
  it("go on as long as nobody answers, and ever more slowly", () => {
    const attempts = new Attempts();
    let now = 0;
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      attempts.failed(now, false);
      let wait = 0;
      while (!attempts.due(now + wait)) wait += 500;
      waits.push(wait);
      now += wait;
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000]);
    attempts.succeeded();
    expect([attempts.failing, attempts.due(0)]).toEqual([false, true]);
  });

  it("end at the second refusal in a row, until somebody wants another", () => {
    const attempts = new Attempts();
    attempts.failed(0, true);
    expect(attempts.due(1_000)).toBe(true);
    attempts.failed(1_000, false);
    attempts.failed(3_000, true);
    expect(attempts.due(4_000)).toBe(true);
    attempts.failed(60_000, true);
    expect(attempts.due(1e12)).toBe(false);
    attempts.again();
    expect([attempts.failing, attempts.due(60_001)]).toEqual([true, true]);
  });
});

describe("a verification that takes long", () => {
  it("is asked about until its verdict is there, and tells how far it has come", async () => {
    const verdict = { ok: true, checks: [] };
    const answers = [
      { status: 202, body: { percent: 0 } },
      { status: 202, body: { percent: 42 } },
      { status: 200, body: verdict },
    ];
    const asked: string[] = [];
    const api = new Api(
      "http://court",
      () => "session",
      async (url, init) => {
        asked.push(`${init?.method} ${url}`);
        const answer = answers.shift();
        return new Response(JSON.stringify(answer?.body), { status: answer?.status ?? 500 });
      },
    );
    const told: number[] = [];
    expect(await api.verify("r", (percent) => told.push(percent), 0)).toEqual(verdict);
    expect(told).toEqual([0, 42]);
    const path = "http://court/api/v1/recordings/r/verify";
    expect(asked).toEqual([`POST ${path}`, `GET ${path}`, `GET ${path}`]);
  });
});

describe("a file behind a ticket", () => {
  /** A server that knows only tickets granted after its last start. */
  function server() {
    const state = { started: 1, granted: 0, answer: 206 };
    const api = new Api(
      "http://court",
      () => "session",
      async () => {
        state.granted++;
        const body = { base: `/api/v1/tickets/${state.started}-${state.granted}`, expires_at: 1e12 };
        return new Response(JSON.stringify(body), { status: 201 });
      },
    );
    const fetcher = (async (address: string) => {
      const known = address.startsWith(`/api/v1/tickets/${state.started}-`);
      return new Response(new Uint8Array([7]), { status: known ? state.answer : 404 });
    }) as typeof fetch;
    return { state, api, fetcher };
  }
  const made = () => {
    const { state, api, fetcher } = server();
    const tickets = new Tickets(api, "r", () => 0);
    const source = (file: string) =>
      httpSource(
        { now: () => tickets.address(file), refused: (address) => tickets.refused(address) },
        100,
        fetcher,
      );
    return { state, one: source("one.webm"), two: source("two.webm") };
  };

  it("is read with a fresh ticket after the server was started anew, one for all files", async () => {
    const { state, one, two } = made();
    await one.read(0, 1);
    await two.read(0, 1);
    expect(state.granted).toBe(1);
    state.started = 2;
    await expect(Promise.all([one.read(0, 1), two.read(0, 1)])).rejects.toBeInstanceOf(Refused);
    await expect(Promise.all([one.read(0, 1), two.read(0, 1)])).resolves.toHaveLength(2);
    expect(state.granted).toBe(2);
  });

  it("costs no ticket while the server is only busy or away", async () => {
    const { state, one } = made();
    await one.read(0, 1);
    for (const status of [429, 500, 503]) {
      state.answer = status;
      await expect(one.read(0, 1)).rejects.not.toBeInstanceOf(Refused);
    }
    expect(state.granted).toBe(1);
  });

  it("keeps no ticket that was never granted", async () => {
    let asked = 0;
    const api = { ticket: async () => Promise.reject(new ApiError(localProblem("busy", `${++asked}`))) };
    const tickets = new Tickets(api as unknown as Api, "r", () => 0);
    await expect(tickets.address("x")).rejects.toBeInstanceOf(ApiError);
    await expect(tickets.address("x")).rejects.toBeInstanceOf(ApiError);
    expect(asked).toBe(2);
  });
});
