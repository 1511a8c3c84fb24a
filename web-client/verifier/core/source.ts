import { ENTRIES_MAX } from "./layout";

/** An entry of a bundle. `path` is as found and may be any text; `content` is read a piece at a time, when it is wanted. */
export interface Entry {
  path: string;
  kind: "file" | "folder" | "link" | "other";
  content: Blob;
}

/** A bundle that can be read. */
export interface Source {
  entries: Entry[];
  /** Whether links and empty folders would be among the entries: a browser passes over them in a folder that is chosen. */
  complete: boolean;
}

/** What was chosen is no bundle, or cannot be read as one. */
export class SourceError extends Error {
  constructor(
    readonly code: "no-bundle" | "several" | "too-many" | "tar",
    why: string,
  ) {
    super(why);
  }
}

const PARTS = /^(bagit\.txt|bag-info\.txt|manifest-sha256\.txt|tagmanifest-sha256\.txt|seal(\/.*)?)$/;

/** Takes away the folders above the bundle: it lies at the top, or in the one folder that holds a `bagit.txt`. What lies beside
 *  it in a tar file (`alone`) came with it and is refused by its name; in a folder of somebody's own it is none of the bundle. */
export function atTop(entries: Entry[], alone = false): Entry[] {
  if (entries.length > ENTRIES_MAX) throw new SourceError("too-many", `more than ${ENTRIES_MAX} entries`);
  if (entries.some(({ path }) => PARTS.test(path))) return entries;
  const folders = new Set<string>();
  for (const { path } of entries) {
    const [, folder] = /^((?:[^/]+\/){1,2}?)(?:bagit\.txt|manifest-sha256\.txt)$/.exec(path) ?? [];
    if (folder) folders.add(folder);
  }
  const [top] = folders;
  if (top === undefined) throw new SourceError("no-bundle", "it holds no bagit.txt");
  if (folders.size > 1) throw new SourceError("several", "several folders in it are bundles");
  const inside: Entry[] = [];
  for (const entry of entries) {
    const above = entry.kind === "folder" && top.startsWith(`${entry.path}/`);
    if (entry.path.startsWith(top)) inside.push({ ...entry, path: entry.path.slice(top.length) });
    else if (alone && !above) inside.push({ ...entry, path: `../${entry.path}` });
  }
  return inside;
}

/** A folder as `<input webkitdirectory>` gives it. */
export function fromFiles(files: Iterable<File>): Source {
  const entries: Entry[] = [];
  for (const file of files) {
    const path = file.webkitRelativePath || file.name;
    entries.push({ path: path.slice(path.indexOf("/") + 1), kind: "file", content: file });
  }
  return { entries: atTop(entries), complete: false };
}
