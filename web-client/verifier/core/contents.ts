import type { Bytes } from "./bytes";
import * as layout from "./layout";
import type { CheckCode, Findings } from "./report";
import type { Source } from "./source";

/** The files of a bundle whose names are fit to be used, in the order of their paths. */
export class Contents {
  readonly files = new Map<string, Blob>();
  private folders: string[] = [];

  constructor(
    source: Source,
    private findings: Findings,
  ) {
    const folded = new Set<string>();
    const files: [string, Blob][] = [];
    for (const { path, kind, content } of source.entries) {
      const fault = layout.pathFault(path);
      if (fault) findings.failed("names", path, fault);
      // Two names that differ in case only are one file on Windows and macOS.
      else if (folded.has(path.toLowerCase()))
        findings.failed("names", path, "another entry has the same name but for case");
      else {
        folded.add(path.toLowerCase());
        if (kind === "file") files.push([path, content]);
        else if (kind === "folder") this.folders.push(path);
        else
          findings.failed(
            "names",
            path,
            kind === "link" ? "it is a symbolic link" : "it is neither a file nor a folder",
          );
      }
    }
    files.sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [path, content] of files) this.files.set(path, content);
    const count = `${this.files.size} files with portable names`;
    findings.provedUnlessFailed("names", source.complete ? `${count}, no links` : count);
    if (!source.complete)
      findings.notChecked(
        "names",
        "this browser does not tell of links and empty folders in a folder; a tar file shows them",
      );
  }

  size(path: string): number | undefined {
    return this.files.get(path)?.size;
  }

  payload(): [string, Blob][] {
    return [...this.files].filter(([path]) => path.startsWith(layout.DATA));
  }

  tagFiles(): string[] {
    return [...this.files.keys()].filter((path) => !path.startsWith(layout.DATA));
  }

  /** A file that is not too large for what it is; else why it is not read. */
  open(path: string): Blob | string {
    const file = this.files.get(path);
    if (!file) return "it is missing";
    const most = path.startsWith(layout.DATA) ? layout.PAYLOAD_BYTES_MAX : layout.TAG_FILE_BYTES_MAX;
    return file.size > most
      ? `it cannot be read: it has ${file.size} bytes, and such a file may have ${most}`
      : file;
  }

  /** The whole of a file that the format keeps small; says so under `check` when it is not to be had. */
  async small(path: string, bytesMax: number, check: CheckCode): Promise<Bytes | null> {
    const file = this.files.get(path);
    if (!file || file.size > bytesMax) {
      this.findings.failed(check, path, file ? `it is larger than ${bytesMax} bytes` : "it is missing");
      return null;
    }
    const bytes = await whole(file);
    if (!bytes) this.findings.failed(check, path, "it cannot be read");
    return bytes;
  }

  /** Checks `bagit.txt` and which tag files there are. True for the exported form. */
  async checkForm(): Promise<boolean> {
    const { findings } = this;
    const declared = await this.small(layout.BAGIT, 1024, "bag");
    if (declared && new TextDecoder("latin1").decode(declared) !== layout.BAGIT_TEXT)
      findings.failed("bag", layout.BAGIT, "it does not say BagIt 1.0 in UTF-8");
    const isThere = (path: string) => this.files.has(path);
    const exported = layout.EXPORTED.some(isThere);
    const expected = new Set(layout.STORED);
    if (exported) for (const path of layout.EXPORTED) expected.add(path);
    if (layout.STAMPED.some(isThere)) for (const path of layout.STAMPED) expected.add(path);
    for (const path of [...expected].sort()) {
      // These two are missed by the checks that read them.
      if (!isThere(path) && path !== layout.BAGIT && path !== layout.MANIFEST)
        findings.failed("bag", path, "it is missing");
    }
    for (const path of this.tagFiles())
      if (!expected.has(path) && layout.resealOf(path) === null)
        findings.failed("bag", path, "it does not belong into a bundle");
    for (const folder of this.emptyFolders())
      findings.failed(
        "bag",
        folder,
        "it is an extra folder: it holds no file, so nothing that is sealed knows of it",
      );
    await this.checkOxum();
    const form = exported ? "exported" : "stored";
    findings.provedUnlessFailed("bag", `a BagIt 1.0 bag in the ${form} form, all parts present`);
    return exported;
  }

  private async checkOxum(): Promise<void> {
    if (!this.files.has(layout.BAG_INFO)) return; // named as missing already
    const bytes = await this.small(layout.BAG_INFO, 64 * 1024, "bag");
    if (!bytes) return;
    const payload = this.payload();
    const expected = `${payload.reduce((sum, [, file]) => sum + file.size, 0)}.${payload.length}`;
    let stated: string[] = [];
    try {
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      stated = text.split(/\r?\n/).filter((line) => line.startsWith("Payload-Oxum: "));
    } catch {
      // Not text: then it states nothing.
    }
    if (stated.length !== 1 || stated[0] !== `Payload-Oxum: ${expected}`)
      this.findings.failed(
        "bag",
        layout.BAG_INFO,
        `Payload-Oxum is not ${expected}, as the files below data/ add up to`,
      );
  }

  /** Folders without a file at any depth, the outermost of them only. */
  private emptyFolders(): string[] {
    const full = new Set<string>();
    for (const path of this.files.keys())
      for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1))
        full.add(path.slice(0, end));
    return this.folders
      .filter((folder) => !full.has(folder))
      .filter((folder) => !folder.includes("/") || full.has(folder.slice(0, folder.lastIndexOf("/"))))
      .sort();
  }
}

/** All bytes of a file; null when the browser cannot read it. */
export async function whole(file: Blob): Promise<Bytes | null> {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}
