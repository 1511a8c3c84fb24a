/** Where everything of a bundle lies, and how much of it there may be (recordings-schema/README.md, sections 2, 3 and 11). */
export const BAGIT = "bagit.txt";
export const BAGIT_TEXT = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
export const BAG_INFO = "bag-info.txt";
export const MANIFEST = "manifest-sha256.txt";
export const MANIFEST_SIGNATURE = "seal/manifest-sha256.txt.p7s";
export const ROOT_CERTIFICATE = "seal/certs/root.pem";
export const SEAL_CERTIFICATE = "seal/certs/seal.pem";
export const TIME_STAMP = "seal/manifest-sha256.txt.p7s.tsr";
export const TIME_STAMP_ROOT = "seal/certs/time-stamp-root.pem";
export const LOG_PROOF = "seal/manifest-sha256.txt.tlog-proof";
export const CUSTODY = "custody.jsonl";
export const TAG_MANIFEST = "tagmanifest-sha256.txt";
export const TAG_MANIFEST_SIGNATURE = "seal/tagmanifest-sha256.txt.p7s";
export const STORED = [BAGIT, BAG_INFO, MANIFEST, MANIFEST_SIGNATURE, ROOT_CERTIFICATE, SEAL_CERTIFICATE];
export const STAMPED = [TIME_STAMP, TIME_STAMP_ROOT];
export const EXPORTED = [CUSTODY, "certificate.html", "VERIFY.txt", TAG_MANIFEST, TAG_MANIFEST_SIGNATURE];
export const DATA = "data/";
export const SEAL_DOCUMENT = "seal.json";
export const FRAGMENTS = "fragments.tsv";
export const GAPS = "gaps.jsonl";
export const COURT_LOG = "court-log.jsonl";
export const REDACTION = "redaction.json";
export const REDACTION_BYTES_MAX = 4 * 2 ** 20;
export const DISPOSAL = "disposal.json";
export const DISPOSAL_SIGNATURE = "disposal.json.p7s";
export const DISPOSAL_STAMP = "disposal.json.p7s.tsr";
export const DISPOSAL_STAMP_ROOT = "time-stamp-root.pem";
export const DISPOSAL_BYTES_MAX = 64 * 1024;

/** The number of a reseal by the path of one of its files; null for any other path. */
export function resealOf(path: string): number | null {
  const [, number] = RESEAL.exec(path) ?? [];
  return number === undefined || number === "000" ? null : Number(number);
}
const RESEAL =
  /^reseal-(\d{3})\/(?:manifest-sha512\.txt(?:\.p7s)?|stamped-sha512\.txt(?:\.tsr)?|certs\/(?:root|seal|time-stamp-root)\.pem)$/;

/** The folder of a reseal. */
export function resealName(number: number): string {
  return "reseal-".concat(String(number).padStart(3, "0"));
}

export const RESEAL_LIST_BYTES_MAX = 64 * 2 ** 20;
export const RESEAL_STAMPED_BYTES_MAX = 4 * 1024;
export const ENTRIES_MAX = 120_000;
export const TAG_FILE_BYTES_MAX = 256 * 2 ** 20;
export const PAYLOAD_BYTES_MAX = 2 ** 30;
export const MANIFEST_BYTES_MAX = 32 * 2 ** 20;
export const SIGNATURE_BYTES_MAX = 256 * 1024;
export const STAMP_BYTES_MAX = 64 * 1024;
export const LOG_PROOF_BYTES_MAX = 128 * 1024;
export const SEAL_DOCUMENT_BYTES_MAX = 16 * 2 ** 20;
export const PATH_BYTES_MAX = 512;
const NAME_BYTES_MAX = 128;
const DEPTH_MAX = 8;

/** Why no bundle may have this path; null for one that it may have. */
export function pathFault(path: string): string | null {
  if (path.length > PATH_BYTES_MAX) return "the path is too long or too deep";
  if (path.startsWith("/")) return "the path is absolute";
  const names = path.split("/");
  for (const name of names) {
    if (name === "") return "a name in the path is empty";
    if (name === "." || name === "..") return "the path steps to `.` or `..`";
    if (!/^[A-Za-z0-9._-]+$/.test(name)) return "the path has a character other than A-Z a-z 0-9 . _ -";
    if (/^[.-]|\.$/.test(name)) return "a name in the path starts with a dot or hyphen, or ends with a dot";
    if (name.length > NAME_BYTES_MAX) return "the path is too long or too deep";
  }
  return names.length > DEPTH_MAX ? "the path is too long or too deep" : null;
}

/** Whether a file, relative to the recording, lies directly in the folder of a segment. */
export function inSegment(file: string, segment: number): boolean {
  const folder = `segment-${String(segment).padStart(3, "0")}/`;
  return pathFault(file) === null && file.startsWith(folder) && !file.slice(folder.length).includes("/");
}
