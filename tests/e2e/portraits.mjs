// Drawn people for the screenshots: a picture from a camera without anybody's face.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { LOOKS } from "./cast.mjs";

const PEOPLE = {
  judge: { wall: "#6b5a48", wall2: "#4f4234", skin: "#d9a98a", hair: "#8d8a86", coat: "#16181d", collar: "#f1efe9" },
  clerk: { wall: "#8fa3a8", wall2: "#6f878d", skin: "#b98562", hair: "#2a211c", coat: "#2f4a58", collar: "#dfe6e8" },
  witness: { wall: "#c9bda6", wall2: "#ab9c80", skin: "#e3b998", hair: "#5b3420", coat: "#7a3b3b", collar: "#f3e4dc" },
  defence_counsel: { wall: "#5c6b7d", wall2: "#455262", skin: "#8a5a3f", hair: "#14110f", coat: "#23283a", collar: "#e9ebf1" },
};

function svg({ wall, wall2, skin, hair, coat, collar }) {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="360" viewBox="0 0 640 360">
    <defs><linearGradient id="w" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="${wall}"/><stop offset="1" stop-color="${wall2}"/></linearGradient></defs>
    <rect width="640" height="360" fill="url(#w)"/>
    <g fill="#000" opacity=".16"><rect x="30" y="28" width="96" height="190"/><rect x="514" y="28" width="96" height="190"/></g>
    <path d="M120 360c6-84 74-124 200-124s194 40 200 124z" fill="${coat}"/>
    <path d="M278 232h84l-16 52-26 22-26-22z" fill="${collar}"/>
    <rect x="292" y="196" width="56" height="56" rx="22" fill="${skin}"/>
    <ellipse cx="320" cy="142" rx="66" ry="80" fill="${skin}"/>
    <path d="M250 138c-8-70 34-96 72-96s78 26 68 96c-10-36-30-52-70-52s-60 16-70 52z" fill="${hair}"/>
    <g fill="#2b211c"><circle cx="296" cy="140" r="5.5"/><circle cx="344" cy="140" r="5.5"/></g>
    <path d="M300 182q20 12 40 0" fill="none" stroke="#7d4a3a" stroke-width="5" stroke-linecap="round"/>
  </svg>`;
}

/** A camera that shows the drawn person, breathing a little, and a microphone with the role's sound. */
export async function portraitDevices(role, folder, browser) {
  const png = join(folder, `${role}.png`);
  const page = await browser.newPage({ viewport: { width: 640, height: 360 } });
  await page.setContent(`<style>body{margin:0}</style>${svg(PEOPLE[role])}`);
  writeFileSync(png, await page.screenshot());
  await page.close();
  const [picture, sound] = [join(folder, `${role}.y4m`), join(folder, `${role}.wav`)];
  const ffmpeg = (...args) => execFileSync("ffmpeg", ["-v", "error", "-nostdin", "-y", ...args]);
  ffmpeg(
    "-loop", "1", "-framerate", "15", "-t", "4", "-i", png,
    "-vf", "scale=660:-1,crop=640:360:10:'5+4*sin(2*PI*t/4)',format=yuv420p",
    picture,
  );
  // The witness speaks all the time; the others until their equipment is checked, and then listen.
  const speaks = role === "witness";
  ffmpeg(
    "-f", "lavfi", "-i", `aevalsrc='0.5*sin(2*PI*${LOOKS[role].hz}*t)*lt(mod(t,0.4),0.25)':s=48000:d=${speaks ? 8 : 14}`,
    "-ac", "1", sound,
  );
  return { picture, sound: speaks ? sound : `${sound}%noloop` };
}
