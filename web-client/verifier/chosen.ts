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

/** What was dropped: one tar file or one folder. Null for anything else. */
export async function dropped(items: DataTransferItemList): Promise<Chosen | null> {
  const entry = items.length === 1 ? items[0]?.webkitGetAsEntry() : null;
  if (!entry) return null;
  if (isFile(entry)) return chosenTar(await fileOf(entry));
  if (!isFolder(entry)) return null;
  const entries: Entry[] = [];
  await walk(entry, "", entries);
  return { name: entry.name, bundle: { entries: atTop(entries), complete: false } };
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
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
      if (into.length >= ENTRIES_MAX) throw new SourceError("too-many", `more than ${ENTRIES_MAX} entries`);
      const path = above + entry.name;
      if (isFile(entry)) into.push({ path, kind: "file", content: await fileOf(entry) });
      else if (isFolder(entry)) {
        into.push({ path, kind: "folder", content: new Blob() });
        await walk(entry, `${path}/`, into);
      }
    }
  }
}
