import { describe, expect, it } from "vitest";
import { backoffMs, Connection, type SocketLike, type Timing } from "../src/core/connection";
import type { ServerMessage } from "../src/core/wire";

/** A clock that moves only when the test says so. */
class Hand implements Timing {
  private now = 0;
  private next = 1;
  private readonly jobs = new Map<number, { at: number; run: () => void }>();
  set(run: () => void, ms: number): number {
    this.jobs.set(this.next, { at: this.now + ms, run });
    return this.next++;
  }
  clear(id: number): void {
    this.jobs.delete(id);
  }
  random(): number {
    return 1;
  }
  pass(ms: number): void {
    const until = this.now + ms;
    for (;;) {
      const due = [...this.jobs].filter(([, j]) => j.at <= until).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.jobs.delete(due[0]);
      this.now = due[1].at;
      due[1].run();
    }
    this.now = until;
  }
}

class Socket implements SocketLike {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  sent: Array<Record<string, unknown>> = [];
  closed = false;
  send(data: string): void {
    this.sent.push(JSON.parse(data));
  }
  close(): void {
    this.closed = true;
  }
  open(): void {
    this.onopen?.(undefined as never);
  }
  say(message: unknown): void {
    this.onmessage?.({ data: typeof message === "string" ? message : JSON.stringify(message) });
  }
  drop(): void {
    this.onclose?.(undefined as never);
  }
}

const welcome = { type: "welcome", version: 1, you: {}, hearing: {}, seats: [], server_time: 0 };

function setup(session: string | null = "secret") {
  const hand = new Hand();
  const sockets: Socket[] = [];
  const got: ServerMessage[] = [];
  const connection = new Connection({
    url: "ws://test",
    session: () => session,
    onMessage: (m) => got.push(m),
    socket: () => {
      const socket = new Socket();
      sockets.push(socket);
      return socket;
    },
    timing: hand,
  });
  const last = () => sockets.at(-1) as Socket;
  const arrive = () => {
    last().open();
    last().say(welcome);
  };
  return { hand, sockets, got, connection, last, arrive };
}

describe("connection", () => {
  it("says hello first, with version and session, and is connected only at the welcome", () => {
    const { connection, last } = setup();
    connection.start();
    last().open();
    expect(last().sent).toEqual([{ type: "hello", version: 1, session: "secret" }]);
    expect(connection.state.value).toBe("connecting");
    last().say(welcome);
    expect(connection.state.value).toBe("connected");
  });

  it("comes back by itself, waiting longer each time, and says hello again", () => {
    const { connection, hand, sockets, last, arrive } = setup();
    connection.start();
    arrive();
    last().drop();
    expect(connection.state.value).toBe("reconnecting");
    hand.pass(249);
    expect(sockets.length).toBe(1);
    hand.pass(1);
    expect(sockets.length).toBe(2);
    last().drop();
    hand.pass(499);
    expect(sockets.length).toBe(2);
    hand.pass(1);
    expect(sockets.length).toBe(3);
    arrive();
    expect(connection.state.value).toBe("connected");
    expect(last().sent[0]?.type).toBe("hello");
    last().drop();
    hand.pass(250);
    expect(sockets.length).toBe(4);
  });

  it("gives up on a socket that never says welcome", () => {
    const { connection, hand, sockets, last } = setup();
    connection.start();
    last().open();
    hand.pass(10_000);
    expect(sockets[0]?.closed).toBe(true);
    hand.pass(250);
    expect(sockets.length).toBe(2);
  });

  it("tries at once when the network is back", () => {
    const { connection, hand, sockets, last, arrive } = setup();
    connection.start();
    arrive();
    for (let i = 0; i < 6; i++) {
      last().drop();
      hand.pass(10_000);
    }
    last().drop();
    const before = sockets.length;
    connection.retryNow();
    expect(sockets.length).toBe(before + 1);
  });

  it("does not come back after a bye, but does when the server only stops for a moment", () => {
    const first = setup();
    first.connection.start();
    first.arrive();
    first.last().say({ type: "bye", reason: "opened_elsewhere" });
    first.last().drop();
    first.hand.pass(60_000);
    expect(first.sockets.length).toBe(1);
    expect(first.connection.state.value).toBe("ended");
    const second = setup();
    second.connection.start();
    second.arrive();
    second.last().say({ type: "bye", reason: "server_stops" });
    second.last().drop();
    second.hand.pass(250);
    expect(second.sockets.length).toBe(2);
  });

  it("answers for each act by its id", async () => {
    const { connection, last, arrive } = setup();
    connection.start();
    arrive();
    const one = connection.act({ act: "pause" });
    const two = connection.act({ act: "begin" });
    const ids = last()
      .sent.slice(1)
      .map((m) => m.id);
    expect(new Set(ids).size).toBe(2);
    last().say({ type: "result", id: ids[1], problem: { code: "wrong_state" } });
    last().say({ type: "result", id: ids[0], problem: null });
    expect(await one).toBeNull();
    expect((await two)?.code).toBe("wrong_state");
  });

  it("never leaves an act without an outcome", async () => {
    const { connection, hand, last, arrive } = setup();
    expect((await connection.act({ act: "pause" }))?.code).toBe("not_connected");
    connection.start();
    arrive();
    const lost = connection.act({ act: "pause" });
    last().drop();
    expect((await lost)?.code).toBe("outcome_unknown");
    hand.pass(250);
    arrive();
    const silent = connection.act({ act: "pause" });
    hand.pass(10_000);
    expect((await silent)?.code).toBe("no_answer");
  });

  it("bounds the acts on their way", async () => {
    const { connection, arrive } = setup();
    connection.start();
    arrive();
    for (let i = 0; i < 32; i++) void connection.act({ act: "pause" });
    expect((await connection.act({ act: "pause" }))?.code).toBe("too_many_requests");
  });

  it("ignores what is no message, and messages of a socket it has left", () => {
    const { connection, hand, got, last, sockets, arrive } = setup();
    connection.start();
    arrive();
    last().say("{nonsense");
    expect(got.length).toBe(1);
    const old = last();
    const handler = old.onmessage;
    old.drop();
    hand.pass(250);
    handler?.({ data: JSON.stringify(welcome) });
    expect(got.length).toBe(1);
    expect(sockets.length).toBe(2);
  });

  it("does not open a socket without a session", () => {
    const { connection, got, sockets } = setup(null);
    connection.start();
    expect(sockets.length).toBe(0);
    expect(got).toEqual([{ type: "bye", reason: "session_invalid" }]);
  });

  it("waits between 60 and 100 per cent of a doubling time of at most eight seconds", () => {
    expect(backoffMs(0, 1)).toBe(250);
    expect(backoffMs(0, 0)).toBe(150);
    expect(backoffMs(3, 1)).toBe(2000);
    expect(backoffMs(50, 1)).toBe(8000);
  });
});
