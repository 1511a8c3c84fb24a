// Runs in every page before its own code: keeps the connections, so that their statistics can be read, and looks many times a
// second how what comes in goes on. The browser's own statistics are the judge.
window.__connections = [];
const Original = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Original {
  constructor(...args) {
    super(...args);
    window.__connections.push(this);
    this.__begun = performance.now();
    this.addEventListener("connectionstatechange", () => {
      if (this.connectionState === "connected") this.__joined ??= performance.now() - this.__begun;
    });
  }
};

// How often a server said welcome.
window.__welcomes = 0;
const OriginalSocket = window.WebSocket;
window.WebSocket = class extends OriginalSocket {
  constructor(...args) {
    super(...args);
    this.addEventListener("message", (event) => {
      if (JSON.parse(event.data).type === "welcome") window.__welcomes++;
    });
  }
};

async function* streams() {
  for (const [place, connection] of window.__connections.entries()) {
    if (connection.connectionState === "closed") continue;
    for (const s of (await connection.getStats()).values()) yield [`${place} ${s.id}`, s];
  }
}

// Of each connection that is up: how long it took, and the way that it takes.
window.__ways = async () => {
  const ways = [];
  for (const connection of window.__connections) {
    if (connection.connectionState !== "connected") continue;
    const stats = await connection.getStats();
    const transport = [...stats.values()].find((s) => s.type === "transport");
    const pair = stats.get(transport.selectedCandidatePairId);
    ways.push({
      milliseconds: connection.__joined,
      local: stats.get(pair.localCandidateId),
      remote: stats.get(pair.remoteCandidateId),
    });
  }
  return ways;
};

window.__sums = async () => {
  const sum = { at: performance.now(), welcomes: window.__welcomes, seats: [] };
  const add = (name, value) => {
    sum[name] = (sum[name] ?? 0) + (value ?? 0);
  };
  for await (const [, s] of streams()) {
    if (s.type === "inbound-rtp" && s.kind === "video") {
      add("framesReceived", s.framesReceived);
      add("framesDecoded", s.framesDecoded);
      add("framesDropped", s.framesDropped);
      add("keyFrames", s.keyFramesDecoded);
      add("freezes", s.freezeCount);
      add("frozen", s.totalFreezesDuration);
      add("pictures", s.packetsReceived);
      add("picturesLost", Math.max(0, s.packetsLost ?? 0));
      add("nacks", s.nackCount);
      add("plis", s.pliCount);
      add("again", s.retransmittedPacketsReceived);
      sum.height = Math.max(sum.height ?? 0, s.frameHeight ?? 0);
      if (s.jitterBufferEmittedCount > 0) {
        sum.pictureDelay = Math.max(sum.pictureDelay ?? 0, s.jitterBufferDelay / s.jitterBufferEmittedCount);
      }
    } else if (s.type === "inbound-rtp") {
      add("sounds", s.packetsReceived);
      if (s.packetsReceived > 0) sum.seats.push(s.mid);
      add("soundsLost", Math.max(0, s.packetsLost ?? 0));
      add("soundsLate", s.packetsDiscarded);
      add("soundNacks", s.nackCount);
      add("samples", s.totalSamplesReceived);
      add("concealed", s.concealedSamples);
      add("silent", s.silentConcealedSamples);
      add("soundDelay", s.jitterBufferDelay);
    } else if (s.type === "outbound-rtp") {
      add("sentAgain", s.retransmittedPacketsSent);
      add(`${s.kind}Sent`, s.packetsSent);
      add(`${s.kind}SentAgain`, s.retransmittedPacketsSent);
      add(`${s.kind}NacksGot`, s.nackCount);
      // Of the layer of which most were sent: all show the same pictures.
      if (s.kind === "video") sum.framesSent = Math.max(sum.framesSent ?? 0, s.framesSent ?? 0);
    } else if (s.type === "candidate-pair" && s.nominated) {
      sum.rtt = Math.max(sum.rtt ?? 0, s.currentRoundTripTime ?? 0);
    }
  }
  return sum;
};

let looks = null;

window.__watch = () => {
  clearInterval(looks?.timer);
  const seen = { silence: 0, still: 0, lips: [], looks: 0 };
  const known = new Map();
  let busy = false;
  looks = { seen, timer: 0 };
  const look = async () => {
    if (busy) return;
    busy = true;
    const now = performance.now();
    const playout = {};
    for await (const [id, s] of streams()) {
      if (s.type !== "inbound-rtp" || !s.packetsReceived) continue;
      const before = known.get(id);
      if (s.kind === "audio") {
        // A stretch in which all that was played was made up; the steps of a player are 10 ms.
        const played = s.totalSamplesReceived - (before?.samples ?? s.totalSamplesReceived);
        const made = s.concealedSamples - (before?.concealed ?? s.concealedSamples);
        const whole = played > 0 && made >= played - 480;
        const run = before === undefined || (played > 0 && !whole) ? 0 : before.run + made;
        seen.silence = Math.max(seen.silence, run / 48);
        known.set(id, { samples: s.totalSamplesReceived, concealed: s.concealedSamples, run });
      } else {
        const moved = before === undefined || s.framesDecoded > before.frames;
        const since = moved ? now : before.since;
        seen.still = Math.max(seen.still, now - since);
        known.set(id, { frames: s.framesDecoded, since });
      }
      if (s.estimatedPlayoutTimestamp) playout[s.kind] = s.estimatedPlayoutTimestamp;
    }
    if (playout.audio && playout.video) seen.lips.push(playout.audio - playout.video);
    seen.looks++;
    busy = false;
  };
  looks.timer = setInterval(look, 40);
};

window.__seen = () => {
  const { seen } = looks;
  const apart = seen.lips.map(Math.abs).sort((a, b) => a - b);
  const at = (share) => apart[Math.floor((apart.length - 1) * share)] ?? null;
  return { silence: seen.silence, still: seen.still, looks: seen.looks, lips: apart.length, apart: at(0.5), apartMost: at(0.95) };
};

// Somebody else of the hearing, in the waiting room, with a subscription of their own: what reaches them that is not theirs.
window.__wait_outside = async (secret, hearing) => {
  const json = { "content-type": "application/json" };
  const post = (path, body, headers) => fetch(`/api/v1${path}`, { method: "POST", body, headers });
  const redeemed = await (await post("/invitations/redeem", JSON.stringify({ secret }), json)).json();
  const authorization = `Bearer ${redeemed.session}`;
  const socket = new OriginalSocket(`ws://${location.host}/api/v1/hearings/${hearing}/ws`);
  window.__outside_socket = socket;
  await new Promise((done) => {
    socket.onopen = () => socket.send(JSON.stringify({ type: "hello", version: 1, session: redeemed.session }));
    socket.onmessage = (event) => JSON.parse(event.data).type === "welcome" && done();
  });
  const checked = { act: "finish_check", passed: true };
  await post(`/hearings/${hearing}/acts`, JSON.stringify(checked), { ...json, authorization });
  const outside = new Original({ bundlePolicy: "max-bundle" });
  window.__outside = outside;
  for (let seat = 0; seat < 4; seat++) {
    for (const kind of ["audio", "video"]) outside.addTransceiver(kind, { direction: "recvonly" });
  }
  await outside.setLocalDescription();
  while (outside.iceGatheringState !== "complete") await new Promise((done) => setTimeout(done, 50));
  const answer = await post(`/hearings/${hearing}/whep`, outside.localDescription.sdp, {
    "content-type": "application/sdp",
    authorization,
  });
  await outside.setRemoteDescription({ type: "answer", sdp: await answer.text() });
  while (outside.connectionState !== "connected") await new Promise((done) => setTimeout(done, 50));
  return true;
};

window.__overheard = async () => {
  let packets = 0;
  for (const s of (await window.__outside.getStats()).values()) if (s.type === "inbound-rtp") packets += s.packetsReceived;
  return packets;
};
