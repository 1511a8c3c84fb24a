import { PATH_BYTES_MAX, pathFault } from "./layout";
import { eachLine, Fault } from "./lines";

/** Digest of each path, in the order of the paths. */
export type Manifest = Map<string, string>;

/** Reads a manifest (section 4) with digests of so many hexadecimal digits. */
export async function readManifest(bytes: BlobPart, digits = 64): Promise<Manifest> {
  const bounds = { lineBytesMax: digits + 2 + PATH_BYTES_MAX, linesMax: 100_000 };
  const form = new RegExp(`^([0-9a-f]{${digits}}) {2}(.*)$`);
  const manifest: Manifest = new Map();
  let last = "";
  await eachLine(new Blob([bytes]), bounds, (text, line) => {
    const [, digest, path] = form.exec(text) ?? [];
    if (digest === undefined || path === undefined)
      throw new Fault(`line ${line}: expected ${digits} hexadecimal digits, two spaces and a path`);
    const fault = pathFault(path);
    if (fault) throw new Fault(`line ${line}: \`${path}\`: ${fault}`);
    if (manifest.has(path)) throw new Fault(`line ${line}: \`${path}\` is listed twice`);
    if (last > path) throw new Fault(`line ${line}: \`${path}\` is out of order; lines are sorted by path`);
    last = path;
    manifest.set(path, digest);
  });
  return manifest;
}
