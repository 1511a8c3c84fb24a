// The fixture pages with recorded media beside them: made live, without an index, as the recorder writes it.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  createReadStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, preview } from "vite";

const SECONDS = 12;
/** As `data.ts` has it. */
const RECORDING = "00000000-0000-7000-8000-000000000902";
const MP4_FLAGS = "empty_moov+frag_keyframe+frag_discont+default_base_moof+skip_trailer";
const ROLES = ["judge", "witness", "defence_counsel"];
/** What our own recorder wrote of a camera in H.264: `tests/recorder/page.rs` makes it. */
const CAMERA = fileURLToPath(new URL("camera.mp4", import.meta.url));

function makeMedia() {
  const dir = mkdtempSync(join(tmpdir(), "oyer-media-"));
  mkdirSync(join(dir, "segment-001"));
  const sizes = {};
  const ffmpeg = (args, file) => {
    const out = join(dir, file);
    const live = file.endsWith(".mp4")
      ? ["-movflags", MP4_FLAGS, "-frag_duration", "500000", "-f", "mp4"]
      : ["-live", "1", "-cluster_time_limit", "1000", "-f", "webm"];
    execFileSync("ffmpeg", ["-v", "error", "-y", ...args, ...live, out]);
    sizes[file] = statSync(out).size;
  };
  ROLES.forEach((role, i) => {
    const picture = `testsrc2=size=320x180:rate=25:duration=${SECONDS},hue=h=${i * 100}`;
    const tone = `sine=frequency=${300 + i * 200}:sample_rate=48000:duration=${SECONDS}`;
    // A key frame only every five seconds, as in a call: seeking must find it.
    ffmpeg(
      [
        "-f",
        "lavfi",
        "-i",
        picture,
        "-c:v",
        "libvpx",
        "-b:v",
        "400k",
        "-g",
        "125",
        "-deadline",
        "realtime",
        "-cpu-used",
        "8",
      ],
      `segment-001/${role}-camera.webm`,
    );
    ffmpeg(["-f", "lavfi", "-i", tone, "-c:a", "libopus"], `segment-001/${role}-microphone.webm`);
  });
  const counsel = "segment-001/defence_counsel-camera.mp4";
  copyFileSync(CAMERA, join(dir, counsel));
  sizes[counsel] = statSync(CAMERA).size;
  // Much longer than what is fetched at once.
  const large = `testsrc2=size=640x360:rate=25:duration=${SECONDS}`;
  const h264 = [
    "-c:v",
    "libx264",
    "-profile:v",
    "baseline",
    "-preset",
    "ultrafast",
    "-g",
    "12",
    "-b:v",
    "4M",
  ];
  ffmpeg(["-f", "lavfi", "-i", large, ...h264], "segment-001/judge-camera.mp4");
  // A copy for watching has an index, as the server's have: a browser can seek in it.
  const film = join(dir, "access.webm");
  execFileSync("ffmpeg", [
    "-v",
    "error",
    "-i",
    join(dir, "segment-001/judge-camera.webm"),
    "-c",
    "copy",
    film,
  ]);
  return { dir, sizes, film: statSync(film).size, lists: sealings(dir, Object.keys(sizes)) };
}

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();

/** Where the recorder would cut a file: at each second cluster of WebM or fragment of MP4. */
function cuts(bytes, file) {
  const mark = file.endsWith(".mp4") ? Buffer.from("moof") : Buffer.from([0x1f, 0x43, 0xb6, 0x75]);
  const all = [];
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 4))
    all.push(file.endsWith(".mp4") ? at - 4 : at);
  return [0, ...all.filter((_, i) => i > 0 && i % 2 === 0), bytes.length];
}

/** What is sealed: as `data.ts` has the tracks, with the judge's camera in VP8 or in H.264. */
function sealings(dir, files) {
  const but = (left) => files.filter((file) => !left.some((name) => file.endsWith(name)));
  return {
    vp8: sealLists(dir, but(["judge-camera.mp4", "defence_counsel-camera.webm"])),
    h264: sealLists(dir, but(["judge-camera.webm", "defence_counsel-camera.webm"])),
  };
}

/** The ledger of the pieces of all files and the manifest that names it, as `recordings-schema/README.md` has them. */
function sealLists(dir, files) {
  const lines = ["seq\tfile\toffset\tbytes\tsha256\tchain"];
  let chain = Buffer.alloc(32);
  const manifest = [];
  for (const file of [...files].sort()) {
    const bytes = readFileSync(join(dir, file));
    const ends = cuts(bytes, file);
    for (let i = 1; i < ends.length; i++) {
      const digest = sha256(bytes.subarray(ends[i - 1], ends[i]));
      chain = sha256(chain, digest);
      const [offset, length] = [ends[i - 1], ends[i] - ends[i - 1]];
      lines.push(
        [lines.length - 1, file, offset, length, digest.toString("hex"), chain.toString("hex")].join("\t"),
      );
    }
    manifest.push([`data/${RECORDING}/${file}`, sha256(bytes)]);
  }
  const fragments = `${lines.join("\n")}\n`;
  manifest.push([`data/${RECORDING}/fragments.tsv`, sha256(fragments)]);
  const text = manifest
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, digest]) => `${digest.toString("hex")}  ${path}\n`)
    .join("");
  return { "fragments.tsv": fragments, "manifest-sha256.txt": text };
}

/** Serves a file by ranges, as the server does for a ticket. */
function serveMedia({ dir, sizes, film, lists }) {
  return (request, response, next) => {
    const path = decodeURIComponent(new URL(request.url, "http://x").pathname);
    if (!path.startsWith("/dev-media/")) return next();
    if (path === "/dev-media/sizes.json") return response.end(JSON.stringify(sizes));
    const own = lists[/[?&]h264/.test(request.headers.referer ?? "") ? "h264" : "vp8"];
    if (path === "/dev-media/sealed.json")
      return response.end(JSON.stringify(sha256(own["manifest-sha256.txt"]).toString("hex")));
    const list = own[path.replace(/^\/dev-media\/(ticket-\d+\/)?/, "")];
    if (list !== undefined) {
      response.setHeader("Content-Type", "text/plain; charset=utf-8");
      return response.end(list);
    }
    const name = path
      .replace(/^\/dev-media\/(ticket-\d+\/)?/, "")
      .replace(/^track\//, "")
      .replace(/^access\.mp4$/, "access.webm");
    const size = name === "access.webm" ? film : sizes[name];
    if (size === undefined) {
      response.statusCode = 404;
      return response.end();
    }
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
    const from = range ? Number(range[1]) : 0;
    const to = Math.min(size - 1, range?.[2] ? Number(range[2]) : size - 1);
    response.statusCode = range ? 206 : 200;
    response.setHeader("Content-Type", name.endsWith(".mp4") ? "video/mp4" : "video/webm");
    response.setHeader("Content-Length", String(to - from + 1));
    if (range) response.setHeader("Content-Range", `bytes ${from}-${to}/${size}`);
    return createReadStream(join(dir, name), { start: from, end: to }).pipe(response);
  };
}

/**
 * Builds the page as it is shipped and serves it. Vite's own server for development finds packages while pages are open and
 * then loads them all again, in the middle of a test.
 */
export async function startFixtures() {
  const media = makeMedia();
  const root = fileURLToPath(new URL("..", import.meta.url));
  const outDir = join(media.dir, "page");
  await build({
    root,
    logLevel: "error",
    build: {
      outDir,
      minify: false,
      reportCompressedSize: false,
      // The page itself as well: it answers for every other path, as the server's does.
      rolldownOptions: { input: [join(root, "index.html"), join(root, "dev/index.html")] },
    },
  });
  const server = await preview({
    root,
    logLevel: "error",
    build: { outDir },
    preview: { port: 0, host: "127.0.0.1" },
    plugins: [{ name: "media", configurePreviewServer: (s) => void s.middlewares.use(serveMedia(media)) }],
  });
  const { port } = server.httpServer.address();
  return {
    url: `http://127.0.0.1:${port}/dev/`,
    stop: async () => {
      await server.close();
      rmSync(media.dir, { recursive: true, force: true });
    },
  };
}
