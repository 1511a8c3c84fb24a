import { chromium } from "playwright-core";

/** Debian's browser, with a fake camera and no way out of this machine. */
export function openBrowser({ asks = false } = {}) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--use-fake-device-for-media-stream",
      "--disable-background-networking",
      "--disable-component-update",
      // A browser that asks is as a person has it: no sound before a press, no camera without permission.
      ...(asks
        ? ["--autoplay-policy=user-gesture-required"]
        : ["--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required"]),
    ],
  });
}

/** Every fixture page: name and query. */
export const PAGES = [
  ["join", "page=join"],
  ["join-bad", "page=join-bad"],
  ["join-back", "page=join&self=in_hearing&hearing=in_session"],
  ["join-adjourned", "page=join&self=waiting&hearing=adjourned&next=2026-12-01T05:00:00Z"],
  ["home", "page=home&role=clerk"],
  ["home-nobody", "page=home&nobody"],
  ["check", "page=check"],
  ["check-bad", "page=check-bad"],
  ["check-watch", "page=check&role=observer"],
  ["waiting", "page=waiting"],
  ["hearing", "page=hearing&few"],
  ["hearing-prosecutor", "page=hearing&few&role=prosecutor"],
  ["hearing-judge", "page=hearing&role=judge"],
  ["hearing-silenced", "page=hearing&few&silenced"],
  ["hearing-denied", "page=hearing&few&denied"],
  ["capture-judge-opening", "page=capture&role=judge&step=opening"],
  ["capture-judge-oath", "page=capture&role=judge"],
  [
    "capture-judge-objection",
    "page=capture&role=judge&step=examination&asks=prosecutor&objects=defence_counsel",
  ],
  ["capture-clerk-off", "page=capture&role=clerk&step=witness_room&off"],
  ["capture-witness", "page=capture&step=examination&asks=defence_counsel"],
  ["capture-counsel", "page=capture&role=prosecutor&step=examination&asks=defence_counsel"],
  ["together", "page=together&few&at=1000"],
  ["together-judge", "page=together&few&role=judge&stands&at=2000"],
  ["together-kept", "page=together&few&role=prosecutor&stands&kept"],
  ["together-cut", "page=together&few&stands&cut"],
  ["called", "page=waiting&then=called"],
  ["waiting-denied", "page=waiting&denied"],
  ["paused-witness", "page=paused"],
  ["paused", "page=paused&role=judge"],
  ["ended-judge", "page=ended&role=judge"],
  ["ended", "page=ended&role=clerk"],
  ["adjourned", "page=adjourned"],
  ["removed", "page=bye&bye=removed"],
  ["session-ended", "page=bye&bye=session_invalid"],
  ["case", "page=case&role=clerk"],
  ["case-nobody", "page=case&nobody"],
  ["recording", "page=recording&role=clerk"],
  ["recording-after-failure", "page=recording&role=clerk&failure"],
  ["case-proposed", "page=case&role=judge&proposed=other"],
  ["recording-disposed", "page=recording&role=clerk&gone"],
  ["recordings", "page=recordings&role=defence_counsel"],
  ["release", "page=release&nobody&secret=good"],
  ["release-no-link", "page=release&nobody"],
  ["unknown", "page=unknown"],
];
