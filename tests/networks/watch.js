// Runs in every page before its own code: keeps the connections, so that their statistics can be read, and looks many times a
// second how what comes in goes on. The browser's own statistics are the judge.
window.__connections = [];
const Original = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Original {
  constructor(...args) {
    super(...args);
    window.__connections.push(this);
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
