import { chromium } from "playwright-core";

/** Debian's browser, with a fake camera and no way out of this machine. */
export function openBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream",
      "--disable-background-networking",
      "--disable-component-update",
      "--autoplay-policy=no-user-gesture-required",
    ],
  });
}

/** Every fixture page: name and query. */
export const PAGES = [
  ["join", "page=join"],
  ["join-bad", "page=join-bad"],
  ["home", "page=home&role=clerk"],
  ["home-nobody", "page=home&nobody"],
  ["check", "page=check"],
  ["check-bad", "page=check-bad"],
  ["check-watch", "page=check&role=observer"],
  ["waiting", "page=waiting"],
  ["hearing", "page=hearing&few"],
  ["hearing-judge", "page=hearing&role=judge"],
  ["paused", "page=paused&role=judge"],
  ["ended", "page=ended&role=clerk"],
  ["adjourned", "page=adjourned"],
  ["case", "page=case&role=clerk"],
  ["recording", "page=recording&role=clerk"],
  ["unknown", "page=unknown"],
];
