import { ENTRIES_MAX } from "./layout";
import { atTop, type Entry, type Source, SourceError } from "./source";

const BLOCK = 512;
/** More than any path of a bundle needs. */
const EXTRA_BYTES_MAX = 64 * 1024;

/** The entries of a tar file (POSIX, GNU, pax), of which only the headers are read now. */
export async function fromTar(file: Blob): Promise<Source> {
  const entries: Entry[] = [];
  let path: string | undefined;
  let size: number | undefined;
  let at = 0;
  for (let headers = 0; ; headers++) {
    if (headers > 2 * ENTRIES_MAX || entries.length > ENTRIES_MAX)
      throw new SourceError("too-many", `more than ${ENTRIES_MAX} entries`);
    const block = new Uint8Array(await file.slice(at, at + BLOCK).arrayBuffer());
    if (block.length < BLOCK) throw broken("it is cut off");
    if (block.every((byte) => byte === 0)) break;
    const header = readHeader(block);
    const bytes = "LKxg".includes(header.type) ? header.size : (size ?? header.size);
    const start = at + BLOCK;
    if (start + bytes > file.size) throw broken("it is cut off");
    const content = file.slice(start, start + bytes);
    at = start + Math.ceil(bytes / BLOCK) * BLOCK;
    if (header.type === "L") path = text(await extra(content));
    else if (header.type === "x") ({ path = path, size = size } = pax(await extra(content)));
    else if (header.type !== "g" && header.type !== "K") {
      const name = path ?? header.path;
      const kind = KINDS[header.type] ?? "other";
      entries.push({ path: kind === "folder" ? name.replace(/\/$/, "") : name, kind, content });
      path = undefined;
      size = undefined;
    }
  }
  const inside = entries.filter(({ path }) => path !== "." && path !== "./").map(withoutDot);
  return { entries: atTop(inside, true), complete: true };
}

/** `tar -c .` writes `./` before each path. */
function withoutDot(entry: Entry): Entry {
  return entry.path.startsWith("./") ? { ...entry, path: entry.path.slice(2) } : entry;
}

const KINDS: Record<string, Entry["kind"]> = { "0": "file", "\0": "file", "5": "folder", "2": "link" };

function broken(why: string): SourceError {
  return new SourceError("tar", why);
}

function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

async function extra(content: Blob): Promise<Uint8Array> {
  if (content.size > EXTRA_BYTES_MAX) throw broken("a header in it is too large");
  return new Uint8Array(await content.arrayBuffer());
}

function readHeader(block: Uint8Array): { path: string; size: number; type: string } {
  const sum = block.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  if (number(block.subarray(148, 156)) !== sum) throw broken("it is no tar file, or damaged");
  const posix = text(block.subarray(257, 263)) === "ustar";
  const prefix = posix ? text(block.subarray(345, 500)) : "";
  const name = text(block.subarray(0, 100));
  const type = String.fromCharCode(block[156] ?? 0);
  return {
    path: prefix ? `${prefix}/${name}` : name,
    size: "0\0LKxg7".includes(type) ? number(block.subarray(124, 136)) : 0,
    type,
  };
}

/** A number in octal digits, or in GNU's binary form where it is large. */
function number(field: Uint8Array): number {
  const first = field[0] ?? 0;
  if (first >= 0x80) {
    const value = field.subarray(1).reduce((sum, byte) => sum * 256 + byte, first & 0x7f);
    if (!Number.isSafeInteger(value)) throw broken("a size in it is out of range");
    return value;
  }
  const digits = text(field).trim();
  if (!/^[0-7]+$/.test(digits)) throw broken("it is no tar file, or damaged");
  return Number.parseInt(digits, 8);
}

/** Records of a pax header: `<length> <name>=<value>\n`. */
function pax(bytes: Uint8Array): { path?: string; size?: number } {
  const found: { path?: string; size?: number } = {};
  for (let at = 0; at < bytes.length; ) {
    const [, digits] = /^(\d{1,6}) /.exec(text(bytes.subarray(at, at + 8))) ?? [];
    const length = Number(digits);
    if (!digits || length <= digits.length + 1 || at + length > bytes.length)
      throw broken("a header in it is damaged");
    const record = new TextDecoder().decode(bytes.subarray(at + digits.length + 1, at + length - 1));
    const equals = record.indexOf("=");
    const value = record.slice(equals + 1);
    const name = record.slice(0, equals);
    if (name === "path") found.path = value;
    if (name === "size") {
      if (!/^\d{1,15}$/.test(value)) throw broken("a size in it is out of range");
      found.size = Number(value);
    }
    at += length;
  }
  return found;
}
