import { PATH_BYTES_MAX, pathFault } from "./layout";
import { eachLine, Fault } from "./lines";

const BOUNDS = { lineBytesMax: 66 + PATH_BYTES_MAX, linesMax: 100_000 };

/** Digest of each path, in the order of the paths. */
export type Manifest = Map<string, string>;

/** Reads a manifest (section 4). */
export async function readManifest(bytes: BlobPart): Promise<Manifest> {
  const manifest: Manifest = new Map();
  let last = "";
  await eachLine(new Blob([bytes]), BOUNDS, (text, line) => {
    const [, digest, path] = /^([0-9a-f]{64}) {2}(.*)$/.exec(text) ?? [];
    if (digest === undefined || path === undefined)
      throw new Fault(`line ${line}: expected 64 hexadecimal digits, two spaces and a path`);
    const fault = pathFault(path);
    if (fault) throw new Fault(`line ${line}: \`${path}\`: ${fault}`);
    if (manifest.has(path)) throw new Fault(`line ${line}: \`${path}\` is listed twice`);
    if (last > path) throw new Fault(`line ${line}: \`${path}\` is out of order; lines are sorted by path`);
    last = path;
    manifest.set(path, digest);
  });
  return manifest;
}
