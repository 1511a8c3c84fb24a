import { ENTRIES_MAX } from "./core/layout";
import { atTop, type Entry, fromFiles, SourceError } from "./core/source";
import type { Task } from "./core/worker";

/** A bundle that the person chose, and what they chose it by. */
export interface Chosen {
  name: string;
  bundle: Task["bundle"];
}

export function chosenTar(file: File): Chosen {
  return { name: file.name, bundle: { tar: file } };
}

export function chosenFolder(files: FileList): Chosen {
  const name = files[0]?.webkitRelativePath.split("/")[0] ?? "";
  return { name, bundle: fromFiles(files) };
}

/** Not every browser has it. */
type WithHandle = { getAsFileSystemHandle?: () => Promise<FileSystemHandle | null> };

/** What was dropped: one tar file or one folder. Null for anything else. All of the item is asked for at once: it is empty later. */
export async function dropped(items: DataTransferItemList): Promise<Chosen | null> {
  const item = items.length === 1 ? items[0] : undefined;
  const entry = item?.webkitGetAsEntry();
  const file = item?.getAsFile();
  // A page from a file on the disk may not open a dropped entry's files in Chromium, and may open those of a handle.
  const handle = await (item as WithHandle | undefined)?.getAsFileSystemHandle?.();
  if (entry?.isFile && file) return chosenTar(file);
  if (!entry || !isFolder(entry)) return null;
  const entries: Entry[] = [];
  if (handle && isFolderHandle(handle)) await walkHandle(handle, "", entries);
  else await walk(entry, "", entries);
  return { name: entry.name, bundle: { entries: atTop(entries), complete: false } };
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;
const isFolderHandle = (handle: FileSystemHandle): handle is FileSystemDirectoryHandle =>
  handle.kind === "directory";
const isFileHandle = (handle: FileSystemHandle): handle is FileSystemFileHandle => handle.kind === "file";

function add(entry: Entry, into: Entry[]): void {
  if (into.length >= ENTRIES_MAX) throw new SourceError("too-many", `more than ${ENTRIES_MAX} entries`);
  into.push(entry);
}

async function walkHandle(folder: FileSystemDirectoryHandle, above: string, into: Entry[]): Promise<void> {
  for await (const handle of folder.values()) {
    const path = above + handle.name;
    if (isFileHandle(handle)) add({ path, kind: "file", content: await handle.getFile() }, into);
    else if (isFolderHandle(handle)) {
      add({ path, kind: "folder", content: new Blob() }, into);
      await walkHandle(handle, `${path}/`, into);
    }
  }
}

async function walk(folder: FileSystemDirectoryEntry, above: string, into: Entry[]): Promise<void> {
  const reader = folder.createReader();
  for (;;) {
    // The browser hands out some at a time, and none at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return;
    for (const entry of some) {
      const path = above + entry.name;
      if (isFile(entry)) {
        const content = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
        add({ path, kind: "file", content }, into);
      } else if (isFolder(entry)) {
        add({ path, kind: "folder", content: new Blob() }, into);
        await walk(entry, `${path}/`, into);
      }
    }
  }
}
