// The bundle in the hands of tools that are not ours.

import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { assert } from "./checks.mjs";

function run(program, args, cwd) {
  const done = spawnSync(program, args, { cwd, encoding: "buffer", maxBuffer: 1 << 28 });
  if (done.error) throw done.error;
  return { ok: done.status === 0, stdout: done.stdout, said: `${done.stdout}${done.stderr}`, stderr: String(done.stderr) };
}

export function sha256sum(bundle, manifest) {
  const { ok, said } = run("sha256sum", ["-c", "--strict", "--quiet", manifest], bundle);
  assert(ok, said);
}

export function openssl(bundle, content, root) {
  const { ok, said } = run(
    "openssl",
    ["cms", "-verify", "-binary", "-inform", "DER", "-in", `seal/${content}.p7s`, "-content", content,
      "-CAfile", root, "-no-CApath", "-no-CAstore", "-purpose", "any", "-out", "/dev/null"],
    bundle,
  );
  assert(ok, said);
}

/** Where the last packet of a file ends, in seconds. */
export function endSeconds(file) {
  const json = execFileSync("ffprobe", ["-v", "error", "-show_entries", "packet=pts_time,duration_time", "-of", "json", file], {
    maxBuffer: 1 << 28,
  });
  const ends = JSON.parse(json).packets.map((p) => Number(p.pts_time) + Number(p.duration_time ?? 0));
  return ends.reduce((a, b) => Math.max(a, b), 0);
}

/** ffprobe's codec name of the only stream. */
export function codec(file) {
  const json = execFileSync("ffprobe", ["-v", "error", "-show_entries", "stream=codec_name", "-of", "json", file]);
  const { streams } = JSON.parse(json);
  assert(streams.length === 1, `${basename(file)} has ${streams.length} streams`);
  return streams[0].codec_name;
}

export function decodes(file) {
  // MP4 names no rate: ffmpeg would guess one from the first pictures, and complain of two that fall on one step of it.
  const step = file.endsWith(".mp4") ? ["-enc_time_base", "-1"] : [];
  const { ok, stderr } = run("ffmpeg", ["-nostdin", "-v", "error", "-xerror", "-i", file, ...step, "-f", "null", "-"], "/");
  assert(ok && stderr === "", `${basename(file)}: ${stderr}`);
}

/** The colour of the lower middle of the picture at this second. */
export function colourAt(file, second) {
  // A file that a reload left with one or two pictures may have none that late: then the first is looked at.
  const late = pictureAt(file, second);
  const { stdout, said } = late.stdout.length === 3 ? late : pictureAt(file, 0);
  assert(stdout.length === 3, `no picture in ${basename(file)}: ${said}`);
  return [...stdout];
}

function pictureAt(file, second) {
  const filter = `select='gte(t,${second})',crop=iw*0.4:ih*0.3:iw*0.3:ih*0.6,scale=1:1:flags=area`;
  return run(
    "ffmpeg",
    ["-nostdin", "-v", "error", "-copyts", "-i", file, "-vf", filter, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
    "/",
  );
}

export const seal = (bundle, recording) => JSON.parse(readFileSync(join(bundle, "data", recording, "seal.json"), "utf8"));

export const courtLog = (bundle, recording) =>
  readFileSync(join(bundle, "data", recording, "court-log.jsonl"), "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));

export const gaps = (bundle, recording) =>
  readFileSync(join(bundle, "data", recording, "gaps.jsonl"), "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));

export function untar(tar, folder) {
  const { ok, said } = run("tar", ["-xf", tar, "-C", folder], folder);
  assert(ok, said);
}
