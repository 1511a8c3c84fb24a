// The excuses themselves are tested: one that lets everything pass would make the browser test worthless.

import assert from "node:assert/strict";
import { check, conclude } from "./checks.mjs";
import { excused, objection, objections, uncounted } from "./gaps.mjs";

const BEGAN = 1_000_000;
const SEGMENT = { began: BEGAN, ended: BEGAN + 10_000 };
const gap = (cause, from_ms, to_ms, source = "camera") => ({ cause, from_ms: `${from_ms}`, to_ms: `${to_ms}`, source, file: "f" });
const pause = (from, to, kind = "video") => ({ kind, from: BEGAN + from, to: BEGAN + to });

await check("what nobody provoked is objected to", () => {
  const nothing = { pauses: [] };
  for (const [cause, from, to] of [
    ["stalled", 4_000, 5_000],
    ["stalled", 9_000, 10_000],
    ["ended", 9_000, 10_000],
    ["ended", 4_000, 4_300],
    ["not_started", 0, 3_000],
    ["late_key_frame", 4_000, 5_000],
    ["lost", 4_000, 4_100],
    ["muted", 4_000, 5_000],
    ["outage", 0, 20],
    ["a word of its own", 0, 20],
  ]) {
    assert.notEqual(objection(gap(cause, from, to), SEGMENT, nothing), null, `${cause} ${from}`);
  }
  const other = { pauses: [pause(4_000, 5_000, "audio")] };
  assert.notEqual(objection(gap("stalled", 4_000, 5_000), SEGMENT, other), null, "the other source paused");
});

await check("what was provoked is not", () => {
  const part = { pauses: [pause(4_000, 5_000)], entered: BEGAN + 2_000 };
  for (const [cause, from, to] of [
    ["not_started", 0, 3_000],
    ["stalled", 3_950, 5_100],
    ["lost", 4_500, 4_900],
    ["ended", 9_800, 10_000],
  ]) {
    assert.equal(objection(gap(cause, from, to), SEGMENT, part), null, `${cause} ${from}`);
  }
  const reload = { pauses: [], reload: { from: BEGAN + 3_000, to: BEGAN + 5_000 } };
  assert.equal(objection(gap("ended", 3_100, 10_000), SEGMENT, reload), null);
  assert.equal(objection(gap("not_started", 0, 5_500), SEGMENT, reload), null);
  assert.notEqual(objection(gap("ended", 7_000, 10_000), SEGMENT, reload), null);
  // Before that they were there, and waited for a key frame.
  assert.equal(objection(gap("late_key_frame", 0, 38), SEGMENT, reload), null);
  assert.notEqual(objection(gap("not_started", 0, 38), SEGMENT, reload), null);
});

await check("a camera that was seen before waited for a key frame, and one that came later had not begun", () => {
  const before = { pauses: [] };
  assert.equal(objection(gap("late_key_frame", 0, 360), SEGMENT, before), null);
  assert.notEqual(objection(gap("not_started", 0, 360), SEGMENT, before), null);
  assert.equal(objection(gap("not_started", 0, 20, "microphone"), SEGMENT, before), null);
  assert.notEqual(objection(gap("late_key_frame", 0, 20, "microphone"), SEGMENT, before), null);
  assert.equal(objection(gap("not_started", 0, 2), SEGMENT, before), null, "less than a picture lasts");
  const stood = { pauses: [pause(-1_100, 10)] };
  assert.equal(objection(gap("not_started", 0, 14), SEGMENT, stood), null, "it stood for a second before");
  assert.notEqual(objection(gap("not_started", 0, 14), SEGMENT, { pauses: [pause(-400, 10)] }), null);
  assert.notEqual(objection(gap("not_started", 0, 14), SEGMENT, { pauses: [pause(-1_100, 10, "audio")] }), null);
  const later = { pauses: [], entered: BEGAN + 4_000 };
  assert.equal(objection(gap("not_started", 0, 4_100), SEGMENT, later), null);
  assert.equal(objection(gap("late_key_frame", 4_100, 4_400), SEGMENT, later), null);
  assert.notEqual(objection(gap("late_key_frame", 0, 4_400), SEGMENT, later), null);
});

await check("an end is excused by a pause at the end, or a browser that is behind itself there, alone", () => {
  const early = (pauses, sent = []) => excused(9, "camera", SEGMENT, { pauses }, sent);
  assert.equal(early([]), 0);
  assert.equal(early([pause(2_000, 4_000)]), 0);
  assert.equal(early([pause(9_000, 9_700)]), 0.7);
  const late = (ms, late) => ({ at: BEGAN + ms, late });
  assert.equal(early([], [late(5_000, 900), late(9_500, 300), late(9_900, 0), late(10_500, 700)]), 0.3);
});

await check("a gap of what was sent is objected to by the browser's own counts", () => {
  // 25 pictures and 50 packets a second, but for a second from 4 to 5 s.
  const sending = (ms) => Math.min(ms, 4_000) + Math.max(0, ms - 5_000);
  const sent = Array.from({ length: 101 }, (_, i) => i * 100).map((ms) => (
    { at: BEGAN + ms, packets: 1 + sending(ms) / 20, frames: Math.round(sending(ms) / 40) }));
  const counted = (...gaps) => uncounted(gaps, SEGMENT, sent).length;
  assert.equal(counted(gap("stalled", 4_000, 5_000), gap("stalled", 4_000, 5_000, "microphone")), 0);
  assert.equal(counted(gap("stalled", 6_000, 7_000)), 1);
  assert.equal(counted(gap("stalled", 6_000, 8_000, "microphone")), 1);
  // A reload in between: what was sent before it counts as well.
  const reloaded = sent.map(({ at, packets, frames }) => (at < BEGAN + 7_000 ? { at, packets, frames } : { at, packets: packets - 300, frames: frames - 150 }));
  assert.equal(uncounted([gap("stalled", 6_000, 8_000)], SEGMENT, reloaded).length, 1);
});

await check("what is badly sent is excused by pauses or by counts, and nothing else by counts", () => {
  const sending = (ms) => Math.min(ms, 4_000) + Math.max(0, ms - 5_000);
  const sent = Array.from({ length: 101 }, (_, i) => i * 100).map((ms) => (
    { at: BEGAN + ms, packets: 1 + sending(ms) / 20, frames: Math.round(sending(ms) / 40) }));
  const count = (pauses, ...gaps) => objections(gaps, SEGMENT, { pauses }, sent).length;
  assert.equal(count([], gap("stalled", 4_000, 5_000)), 0);
  assert.equal(count([], gap("stalled", 6_000, 7_000)), 1);
  assert.equal(count([pause(6_000, 7_000)], gap("stalled", 6_000, 7_000)), 0);
  assert.equal(count([], gap("late_key_frame", 4_000, 5_000)), 1);
  assert.equal(count([], gap("lost", 4_000, 5_000, "microphone"), gap("stalled", 6_000, 8_000, "microphone")), 1);
});

process.exit(conclude());
