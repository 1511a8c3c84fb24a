import type {
  AccessCopy,
  Act,
  Alarms,
  Case,
  CaseFile,
  Court,
  DisposedRecording,
  Hearing,
  HearingNow,
  IceServer,
  Invitation,
  IssuedInvitation,
  Me,
  MediaRequest,
  NewAnnotation,
  NewHearing,
  NewMediaRequest,
  NewParticipant,
  NewRedactionOrder,
  OpenedRelease,
  Participant,
  Playback,
  PlayedNow,
  Problem,
  Receipt,
  RecordedHearing,
  Recording,
  RecordingCondition,
  RedactionOrder,
  Redactions,
  Release,
  ReleaseLink,
  Retention,
  Session,
  SetRetention,
  Ticket,
  Verification,
  VerificationProgress,
} from "./wire";

/** An answer that is not a success, or no answer at all (then the code is `unreachable`). */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
  }
}

/** A problem that arose in the page itself. The catalogue words it; the English here is for the console. */
export function localProblem(code: string, detail: string): Problem {
  return { type: `https://oyer.example/problems/${code}`, title: detail, status: 0, detail, code };
}

/** The problem behind anything that was thrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  return localProblem("unexpected", error instanceof Error ? error.message : String(error));
}

function isProblem(value: unknown): value is Problem {
  return typeof value === "object" && value !== null && "code" in value && typeof value.code === "string";
}

async function problemFrom(response: Response): Promise<Problem> {
  const text = await response.text().catch(() => "");
  try {
    const body: unknown = JSON.parse(text);
    if (isProblem(body)) return body;
  } catch {
    // A proxy in between answers with whatever it likes; the status says enough.
  }
  return {
    ...localProblem(response.status === 401 ? "session_invalid" : "unexpected", `HTTP ${response.status}`),
    status: response.status,
  };
}

/** How long an ICE restart is waited for, at first and again. */
const RESTART_MS = 700;
const ANSWER_MS = 8_000;

/** Where a WHIP or WHEP session lives, and its answer. */
export interface MediaAnswer {
  location: string;
  sdp: string;
}

/** The REST API, with the session of whoever uses the page. */
export class Api {
  constructor(
    private readonly origin: string,
    private readonly session: () => string | null,
    private readonly fetcher: typeof fetch = (input, init) => fetch(input, init),
  ) {}

  court(): Promise<Court> {
    return this.json("GET", "/court");
  }
  redeem(secret: string): Promise<Session> {
    return this.json("POST", "/invitations/redeem", { secret });
  }
  me(): Promise<Me> {
    return this.json("GET", "/me");
  }
  async endSession(): Promise<void> {
    await this.send("DELETE", "/session");
  }
  now(hearing: string): Promise<HearingNow> {
    return this.json("GET", `/hearings/${hearing}/state`);
  }
  /** The latest receipts of a hearing's recordings. */
  receipts(hearing: string): Promise<Receipt[]> {
    return this.json("GET", `/hearings/${hearing}/receipts`);
  }
  async act(hearing: string, act: Act): Promise<void> {
    await this.send("POST", `/hearings/${hearing}/acts`, act);
  }
  /** Cases, newest first; `more` when there may be older ones than the last. */
  async cases(before?: string): Promise<{ cases: Case[]; more: boolean }> {
    const response = await this.send("GET", before ? `/cases?before=${before}` : "/cases");
    const more = response.headers.get("Link")?.includes('rel="next"') === true;
    return { cases: (await response.json()) as Case[], more };
  }
  caseFile(id: string): Promise<CaseFile> {
    return this.json("GET", `/cases/${id}`);
  }
  createHearing(caseId: string, body: NewHearing): Promise<Hearing> {
    return this.json("POST", `/cases/${caseId}/hearings`, body);
  }
  participants(hearing: string): Promise<Participant[]> {
    return this.json("GET", `/hearings/${hearing}/participants`);
  }
  addParticipant(hearing: string, body: NewParticipant): Promise<Participant> {
    return this.json("POST", `/hearings/${hearing}/participants`, body);
  }
  invite(participant: string, validSeconds: number): Promise<Invitation> {
    return this.json("POST", `/participants/${participant}/invitations`, { valid_seconds: validSeconds });
  }
  invitations(hearing: string): Promise<IssuedInvitation[]> {
    return this.json("GET", `/hearings/${hearing}/invitations`);
  }
  async revoke(invitation: string): Promise<void> {
    await this.send("DELETE", `/invitations/${invitation}`);
  }
  recording(id: string): Promise<Recording> {
    return this.json("GET", `/recordings/${id}`);
  }
  /** Whether a recording is sealed, whole and copied. For those who handle evidence. */
  condition(recording: string): Promise<RecordingCondition> {
    return this.json("GET", `/recordings/${recording}/condition`);
  }
  /** The same of every recording of a case, those that are not sealed as well. */
  conditions(caseId: string): Promise<RecordingCondition[]> {
    return this.json("GET", `/cases/${caseId}/conditions`);
  }
  /** What needs somebody. */
  alarms(): Promise<Alarms> {
    return this.json("GET", "/alarms");
  }
  /** Verifies a recording; a long one takes minutes, and `onProgress` is told how far it has come, in per cent. */
  async verify(
    id: string,
    onProgress: (percent: number) => void = () => undefined,
    lookEveryMs = 1_000,
  ): Promise<Verification> {
    const path = `/recordings/${id}/verify`;
    let response = await this.send("POST", path);
    while (response.status === 202) {
      onProgress(((await response.json()) as VerificationProgress).percent);
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
      response = await this.send("GET", path);
    }
    return (await response.json()) as Verification;
  }
  playback(hearing: string): Promise<PlayedNow> {
    return this.json("GET", `/hearings/${hearing}/playback`);
  }
  ticket(id: string): Promise<Ticket> {
    return this.json("POST", `/recordings/${id}/tickets`);
  }
  async annotate(id: string, note: NewAnnotation): Promise<void> {
    await this.send("POST", `/recordings/${id}/annotations`, note);
  }
  redactions(recording: string): Promise<Redactions> {
    return this.json("GET", `/recordings/${recording}/redactions`);
  }
  orderRedaction(recording: string, order: NewRedactionOrder): Promise<RedactionOrder> {
    return this.json("POST", `/recordings/${recording}/redactions`, order);
  }
  liftRedaction(order: string, reason: string): Promise<Redactions> {
    return this.json("POST", `/redactions/${order}/lift`, { reason });
  }
  /** Makes the redacted copy, or stops that. */
  async redactedCopy(recording: string, method: "POST" | "DELETE"): Promise<void> {
    await this.json(method, `/recordings/${recording}/redacted-copy`);
  }
  /** The sealed recordings of the own hearing, for whoever may ask for them. */
  recordingsOf(hearing: string): Promise<RecordedHearing[]> {
    return this.json("GET", `/hearings/${hearing}/recordings`);
  }
  requests(recording: string): Promise<MediaRequest[]> {
    return this.json("GET", `/recordings/${recording}/requests`);
  }
  requestMedia(recording: string, body: NewMediaRequest): Promise<MediaRequest> {
    return this.json("POST", `/recordings/${recording}/requests`, body);
  }
  grantRequest(request: string, reason: string, validDays: number): Promise<ReleaseLink> {
    return this.json("POST", `/requests/${request}/grant`, { reason, valid_days: validDays });
  }
  refuseRequest(request: string, reason: string): Promise<MediaRequest> {
    return this.json("POST", `/requests/${request}/refuse`, { reason });
  }
  withdrawRelease(request: string, reason: string): Promise<MediaRequest> {
    return this.json("POST", `/requests/${request}/withdraw`, { reason });
  }
  releaseLink(request: string): Promise<ReleaseLink> {
    return this.json("POST", `/requests/${request}/link`);
  }
  openRequest(request: string): Promise<OpenedRelease> {
    return this.json("POST", `/requests/${request}/open`);
  }
  openRelease(secret: string): Promise<OpenedRelease> {
    return this.json("POST", "/releases/open", { secret });
  }
  /** How a release stands that was opened; `base` is its short-lived address. */
  async release(base: string): Promise<Release> {
    return (await (await this.request(`${this.origin}${base}/release`, {})).json()) as Release;
  }
  /** Enters a stretch of a released copy that was played; also while the page is being left. */
  async playedRelease(base: string, stretch: Playback): Promise<void> {
    await this.keep(`${this.origin}${base}/playbacks`, stretch);
  }
  /** Enters a stretch of the sealed tracks that was played; also while the page is being left. */
  async played(recording: string, stretch: Playback): Promise<void> {
    await this.keep(`${this.base}/recordings/${recording}/playbacks`, stretch);
  }
  /** How long the recordings of a case are kept; each act below answers with the same, as it is then. */
  retention(caseId: string): Promise<Retention> {
    return this.json("GET", `/cases/${caseId}/retention`);
  }
  setRetention(caseId: string, body: SetRetention): Promise<Retention> {
    return this.json("PUT", `/cases/${caseId}/retention`, body);
  }
  holdCase(caseId: string, reason: string): Promise<Retention> {
    return this.json("POST", `/cases/${caseId}/holds`, { reason });
  }
  liftHold(hold: string, reason: string): Promise<Retention> {
    return this.json("POST", `/holds/${hold}/lift`, { reason });
  }
  proposeDisposal(recording: string, reason: string): Promise<Retention> {
    return this.json("POST", `/recordings/${recording}/disposals`, { reason });
  }
  decideDisposal(disposal: string, act: "approve" | "reject", reason: string): Promise<Retention> {
    return this.json("POST", `/disposals/${disposal}/${act}`, { reason });
  }
  carryOutDisposal(disposal: string): Promise<Retention> {
    return this.json("POST", `/disposals/${disposal}/carry-out`);
  }
  /** What is left of a recording that was disposed of. */
  disposed(recording: string): Promise<DisposedRecording> {
    return this.json("GET", `/recordings/${recording}/disposal`);
  }
  async disposalCertificate(recording: string, form: "tar" | "pdf"): Promise<Blob> {
    return (await this.send("GET", `/recordings/${recording}/disposal/certificate.${form}`)).blob();
  }
  accessCopy(id: string, method: "GET" | "POST" | "DELETE" = "GET"): Promise<AccessCopy> {
    return this.json(method, `/recordings/${id}/access-copy`);
  }

  /** Relays for a network that lets nothing else through, with credentials for a day. */
  iceServers(hearing: string): Promise<IceServer[]> {
    return this.json("GET", `/hearings/${hearing}/ice-servers`);
  }

  /** A new WHIP or WHEP session. */
  async offer(hearing: string, kind: "whip" | "whep", sdp: string): Promise<MediaAnswer> {
    const response = await this.sdp("POST", `${this.base}/hearings/${hearing}/${kind}`, sdp);
    const location = response.headers.get("Location");
    if (!location) throw new ApiError(localProblem("unexpected", `${kind} answered without a Location`));
    return { location: new URL(location, response.url || this.origin).href, sdp: await response.text() };
  }
  /** More seats on a WHEP session: a new offer, a new answer. */
  async renegotiate(location: string, sdp: string): Promise<string> {
    return (await this.sdp("POST", location, sdp)).text();
  }
  /** RFC 9725 section 4.3.3: ICE restart. Answers with the server's fragment. */
  async restartIce(location: string, fragment: string): Promise<string> {
    const restart = async (ms: number) => {
      const response = await this.sdp(
        "PATCH",
        location,
        fragment,
        "application/trickle-ice-sdpfrag",
        AbortSignal.timeout(ms),
      );
      return response.text();
    };
    // The first may be sent on a connection that went the way which is broken, and would wait there for minutes.
    try {
      return await restart(RESTART_MS);
    } catch (error) {
      if (error instanceof ApiError && error.problem.status > 0) throw error;
      return restart(ANSWER_MS);
    }
  }
  async endMedia(location: string): Promise<void> {
    await this.request(location, { method: "DELETE", keepalive: true });
  }

  private get base(): string {
    return `${this.origin}/api/v1`;
  }

  private sdp(
    method: string,
    url: string,
    body: string,
    type = "application/sdp",
    signal: AbortSignal | null = null,
  ): Promise<Response> {
    const headers: Record<string, string> = { "Content-Type": type };
    if (method === "PATCH") headers["If-Match"] = "*";
    return this.request(url, { method, body, headers, signal });
  }

  private async keep(url: string, body: unknown): Promise<void> {
    const headers = { "Content-Type": "application/json" };
    await this.request(url, { method: "POST", body: JSON.stringify(body), headers, keepalive: true });
  }

  private send(method: string, path: string, body?: unknown): Promise<Response> {
    const init: RequestInit = { method };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { "Content-Type": "application/json" };
    }
    return this.request(this.base + path, init);
  }

  private async json<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.send(method, path, body);
    return (await response.json()) as T;
  }

  private async request(url: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    const session = this.session();
    if (session) headers.set("Authorization", `Bearer ${session}`);
    let response: Response;
    try {
      response = await this.fetcher(url, { ...init, headers, cache: "no-store" });
    } catch (error) {
      throw new ApiError(localProblem("unreachable", error instanceof Error ? error.message : String(error)));
    }
    if (!response.ok) throw new ApiError(await problemFrom(response));
    return response;
  }
}
