import { signal } from "@preact/signals";
import { localProblem } from "./api";
import { type Act, type ClientMessage, PROTOCOL_VERSION, type Problem, type ServerMessage } from "./wire";

/** What the connection needs of a WebSocket. */
export interface SocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: never) => void) | null;
  send(data: string): void;
  close(): void;
}

/** Clock, timers and chance, so that a test can hold them. */
export interface Timing {
  set(run: () => void, ms: number): number;
  clear(id: number): void;
  random(): number;
}

export const realTiming: Timing = {
  set: (run, ms) => setTimeout(run, ms) as unknown as number,
  clear: (id) => clearTimeout(id),
  random: Math.random,
};

export type ConnectionState = "connecting" | "connected" | "reconnecting" | "ended";

export const WELCOME_MS_MAX = 10_000;
export const ANSWER_MS_MAX = 10_000;
/** Acts on the way at one time; a person does not press faster. */
export const ACTS_MAX = 32;

/** How long to wait before the next attempt: doubling from 250 ms to 8 s, with chance so that a whole court does not come at once. */
export function backoffMs(attempt: number, random: number): number {
  const full = Math.min(8_000, 250 * 2 ** Math.min(attempt, 10));
  return Math.round(full * (0.6 + 0.4 * random));
}

export interface ConnectionOptions {
  url: string;
  session: () => string | null;
  onMessage: (message: ServerMessage) => void;
  socket?: (url: string) => SocketLike;
  timing?: Timing;
}

interface PendingAct {
  done: (problem: Problem | null) => void;
  timer: number;
}

/** The hearing's WebSocket: says hello, comes back by itself after a loss, and answers for every act. */
export class Connection {
  readonly state = signal<ConnectionState>("connecting");
  private socket: SocketLike | null = null;
  private welcomed = false;
  private attempt = 0;
  private timer: number | null = null;
  private nextId = 1;
  private readonly pending = new Map<number, PendingAct>();
  private readonly timing: Timing;

  constructor(private readonly options: ConnectionOptions) {
    this.timing = options.timing ?? realTiming;
  }

  start(): void {
    if (this.state.value === "ended") this.state.value = "connecting";
    this.open();
  }

  /** Ends for good: no coming back. */
  end(): void {
    this.state.value = "ended";
    this.clearTimer();
    this.drop();
  }

  /** Tries now instead of waiting, for instance because the network came back. */
  retryNow(): void {
    if (this.state.value === "ended" || this.welcomed) return;
    this.attempt = 0;
    this.open();
  }

  /** The network is known to be gone: do not wait for the socket to notice. */
  lost(): void {
    if (this.state.value === "ended") return;
    this.drop();
    this.later();
  }

  /** The way is in doubt: a new socket now, rather than waiting for minutes until the old one is given up. */
  doubt(): void {
    if (this.state.value === "ended" || !this.welcomed) return;
    this.drop();
    this.state.value = "reconnecting";
    this.attempt = 0;
    this.open();
  }

  /** Does an act; resolves with null when it was done and with the problem when it was not. Never rejects. */
  act(act: Act): Promise<Problem | null> {
    if (!this.welcomed) return Promise.resolve(localProblem("not_connected", "No connection to the hearing"));
    if (this.pending.size >= ACTS_MAX)
      return Promise.resolve(localProblem("too_many_requests", "Too many acts"));
    const id = this.nextId++;
    return new Promise((done) => {
      const timer = this.timing.set(
        () => this.settle(id, localProblem("no_answer", "No answer")),
        ANSWER_MS_MAX,
      );
      this.pending.set(id, { done, timer });
      this.send({ type: "act", id, act });
    });
  }

  /** Sends what needs no answer; silently not sent while there is no connection. */
  report(message: Extract<ClientMessage, { type: "quality" | "shows" | "follows" }>): void {
    if (this.welcomed) this.send(message);
  }

  private open(): void {
    this.clearTimer();
    this.drop();
    const session = this.options.session();
    if (!session) {
      this.state.value = "ended";
      this.options.onMessage({ type: "bye", reason: "session_invalid" });
      return;
    }
    const make = this.options.socket ?? ((url: string) => new WebSocket(url) as unknown as SocketLike);
    const socket = make(this.options.url);
    this.socket = socket;
    this.timer = this.timing.set(() => this.closed(socket), WELCOME_MS_MAX);
    socket.onopen = () => {
      if (this.socket === socket) this.send({ type: "hello", version: PROTOCOL_VERSION, session });
    };
    socket.onmessage = (event) => {
      if (this.socket === socket) this.receive(event.data);
    };
    socket.onclose = () => this.closed(socket);
  }

  private send(message: ClientMessage): void {
    this.socket?.send(JSON.stringify(message));
  }

  private receive(data: unknown): void {
    if (typeof data !== "string") return;
    let message: ServerMessage;
    try {
      message = JSON.parse(data) as ServerMessage;
    } catch {
      return;
    }
    if (message.type === "welcome") {
      this.clearTimer();
      this.welcomed = true;
      this.attempt = 0;
      this.state.value = "connected";
    } else if (message.type === "result") {
      this.settle(message.id, message.problem);
    } else if (message.type === "bye" && message.reason !== "server_stops") {
      this.end();
    }
    this.options.onMessage(message);
  }

  private closed(socket: SocketLike): void {
    if (this.socket !== socket) return;
    this.drop();
    if (this.state.value !== "ended") this.later();
  }

  private later(): void {
    this.state.value = "reconnecting";
    this.clearTimer();
    this.timer = this.timing.set(() => this.open(), backoffMs(this.attempt++, this.timing.random()));
  }

  /** Lets go of the socket. What was on its way may or may not have been done: its owner is told just that. */
  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    this.welcomed = false;
    if (socket) {
      socket.onopen = null;
      socket.onmessage = null;
      socket.onclose = null;
      socket.close();
    }
    for (const id of [...this.pending.keys()]) {
      this.settle(id, localProblem("outcome_unknown", "The connection was lost before the answer came"));
    }
  }

  private settle(id: number, problem: Problem | null): void {
    const act = this.pending.get(id);
    if (!act) return;
    this.pending.delete(id);
    this.timing.clear(act.timer);
    act.done(problem);
  }

  private clearTimer(): void {
    if (this.timer !== null) this.timing.clear(this.timer);
    this.timer = null;
  }
}
