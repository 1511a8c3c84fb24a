import { AlgorithmError, certificateScheme, holds, Unsupported } from "./algorithms";
import { type Bytes, equal, sha256 } from "./bytes";
import {
  bits,
  checkStrict,
  children,
  DerError,
  type Element,
  expect,
  inOrder,
  oid,
  parse,
  sequence,
  small,
  sorted,
  TAG,
  time,
} from "./der";

export const PEM_BYTES_MAX = 256 * 1024;
const PEM_CERTIFICATES_MAX = 64;

const EXTENSION = {
  keyUsage: "2.5.29.15",
  basicConstraints: "2.5.29.19",
  usages: "2.5.29.37",
  names: "2.5.29.30",
};
/** Critical extensions whose meaning is known here, or that speak of nothing that is asked. */
const KNOWN = new Set([
  EXTENSION.keyUsage,
  EXTENSION.basicConstraints,
  EXTENSION.usages,
  "2.5.29.17",
  "2.5.29.31",
]);

/** A certificate or its chain is refused. */
export class CertificateError extends Error {}

interface Extension {
  critical: boolean;
  value: Bytes;
}

/** A certificate that was read; `der` holds its exact bytes. */
export interface Certificate {
  der: Bytes;
  version: number;
  serial: Element;
  issuer: Element;
  subject: Element;
  from: number;
  until: number;
  key: Element;
  extensions: Map<string, Extension>;
  signed: Bytes;
  algorithm: Element;
  signature: Bytes;
}

export function readCertificate(der: Bytes): Certificate {
  try {
    return fields(der);
  } catch (error) {
    if (error instanceof DerError) throw new CertificateError(`not an X.509 certificate: ${error.message}`);
    throw error;
  }
}

function fields(der: Bytes): Certificate {
  const whole = parse(der, TAG.sequence);
  checkStrict(whole, false);
  const [tbs, algorithm, signature, ...more] = children(whole);
  if (!tbs || !algorithm || more.length > 0) throw new DerError("another form");
  const rest = sequence(tbs);
  const version = rest[0]?.tag === 0xa0 ? small(parse(rest.shift()?.body ?? new Uint8Array())) + 1 : 1;
  const [serial, inner, issuer, validity, subject, key, ...optional] = rest;
  if (!serial || serial.tag !== TAG.integer || !inner || !issuer || !subject || !key)
    throw new DerError("another form");
  if (!equal(inner.whole, algorithm.whole)) throw new DerError("it names two algorithms");
  const [from, until, ...later] = sequence(validity);
  if (later.length > 0) throw new DerError("another form");
  if (serial.body.length > SERIAL_BYTES_MAX) throw new DerError("its serial number is too long");
  checkName(issuer);
  checkName(subject);
  return {
    der,
    version,
    serial,
    issuer,
    subject,
    from: time(from),
    until: time(until),
    key,
    extensions: extensions(optional, version),
    signed: tbs.whole,
    algorithm,
    signature: bits(signature),
  };
}

/** Longest serial number in bytes: 20, and one for a sign (RFC 5280, section 4.1.2.2). */
const SERIAL_BYTES_MAX = 21;

/** Refuses what is no Name (RFC 5280, section 4.1.2.4). */
function checkName(name: Element): void {
  for (const set of sequence(name)) {
    const pairs = children(expect(set, TAG.set));
    if (!inOrder(sorted(pairs))) throw new DerError("a name that says the same twice");
    for (const pair of pairs) {
      const [id, value, ...more] = sequence(pair);
      oid(id);
      if (!value || more.length > 0) throw new DerError("a name that is none");
    }
  }
}

function extensions(optional: Element[], version: number): Map<string, Extension> {
  const found = new Map<string, Extension>();
  for (const { tag, body } of optional) {
    if (tag !== 0xa3) throw new DerError("it has unique identifiers");
    if (version !== 3) throw new DerError("extensions in an old version");
    for (const extension of sequence(parse(body))) {
      const [id, ...values] = sequence(extension);
      const critical = values[0]?.tag === TAG.boolean ? values.shift()?.body[0] === 0xff : false;
      const [value, ...more] = values;
      const name = oid(id);
      if (value?.tag !== TAG.octets || more.length > 0 || found.has(name))
        throw new DerError("its extensions");
      found.set(name, { critical, value: value.body });
    }
  }
  return found;
}

const PEM_BEGIN = "-----BEGIN CERTIFICATE-----";
const PEM_END = "-----END CERTIFICATE-----";

/** Every certificate of a PEM file; at least one. */
export function certificatesOf(pem: Uint8Array): Certificate[] {
  const text = new TextDecoder("latin1").decode(pem);
  const blocks = text.split(PEM_BEGIN).slice(1);
  if (blocks.length === 0) throw new CertificateError("there is no certificate in PEM form");
  if (blocks.length > PEM_CERTIFICATES_MAX) throw new CertificateError("not a PEM file");
  return blocks.map((block) => {
    const end = block.indexOf(PEM_END);
    if (end < 0 || !/^\s/.test(block)) throw new CertificateError("not a PEM file");
    // One pass over it: a stranger's file may hold a million blanks.
    const base64 = block.slice(0, end).replace(/\s/g, "");
    if (!/^[A-Za-z0-9+/]+=*$/.test(base64)) throw new CertificateError("not a PEM file");
    let binary: string;
    try {
      binary = atob(base64);
    } catch {
      throw new CertificateError("not a PEM file");
    }
    return readCertificate(Uint8Array.from(binary, (c) => c.charCodeAt(0)));
  });
}

export async function fingerprint(certificate: Certificate): Promise<string> {
  return sha256(certificate.der);
}

const ATTRIBUTES: Record<string, string> = {
  "2.5.4.3": "CN",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
};

/** The subject as text, as RFC 4514 orders it. */
export function subjectOf({ subject }: Certificate): string {
  const names = children(subject).map((set) =>
    children(set)
      .map((pair) => {
        const [id, value] = sequence(pair);
        const name = oid(id);
        const text = new TextDecoder(value?.tag === 0x1e ? "utf-16be" : "utf-8").decode(value?.body);
        return `${ATTRIBUTES[name] ?? name}=${text.replace(/([,+"\\<>;])/g, "\\$1")}`;
      })
      .join("+"),
  );
  return names.reverse().join(",");
}

export type Purpose = "documents" | "time-stamps";
const ANY = "2.5.29.37.0";
const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
const USAGES: Record<Purpose, string[]> = {
  documents: ["1.3.6.1.5.5.7.3.36", "1.3.6.1.5.5.7.3.4", ANY],
  "time-stamps": [TIME_STAMPING, ANY],
};

function usages(certificate: Certificate): { critical: boolean; ids: string[] } | undefined {
  const extension = certificate.extensions.get(EXTENSION.usages);
  if (!extension) return undefined;
  const ids = sequence(parse(extension.value)).map(oid);
  if (ids.length === 0) throw new DerError("an extended key usage of nothing");
  return { critical: extension.critical, ids };
}

/** Whether the key may be used in one of these ways (bits of RFC 5280, section 4.2.1.3), where a key usage is given. */
function keyMay(certificate: Certificate, ...ways: number[]): boolean {
  const extension = certificate.extensions.get(EXTENSION.keyUsage);
  if (!extension) return true;
  const { tag, body } = parse(extension.value);
  if (tag !== TAG.bits) throw new DerError("its key usage");
  return ways.some((way) => ((body[1 + (way >> 3)] ?? 0) & (0x80 >> (way & 7))) !== 0);
}

function authority(certificate: Certificate): { ca: boolean; pathMax: number } {
  const extension = certificate.extensions.get(EXTENSION.basicConstraints);
  if (!extension) return { ca: false, pathMax: Number.POSITIVE_INFINITY };
  const inner = sequence(parse(extension.value));
  const ca = inner[0]?.tag === TAG.boolean && inner.shift()?.body[0] === 0xff;
  const [most, ...more] = inner;
  if (more.length > 0) throw new DerError("its basic constraints");
  return { ca, pathMax: most ? small(most) : Number.POSITIVE_INFINITY };
}

const SIGNATURES_MAX = 100;
const DEPTH_MAX = 6;

/** The one of `roots` to which a certificate leads by way of others, all of them valid at `at`, for this purpose (RFC 5280).
 *  Revocation is not looked up: the page contacts nobody. */
export async function leadsTo(
  certificate: Certificate,
  roots: Certificate[],
  others: Certificate[],
  at: number,
  purpose: Purpose,
): Promise<Certificate> {
  try {
    if (purpose === "time-stamps") {
      const only = usages(certificate);
      if (!only?.critical || only.ids.length !== 1 || only.ids[0] !== TIME_STAMPING)
        throw new CertificateError(
          "the certificate is not one for time-stamps alone (extended key usage, critical)",
        );
    }
    if (!keyMay(certificate, 0, 1))
      throw new CertificateError("the certificate is not meant for signatures (key usage)");
    if (authority(certificate).ca) throw chain("it is an authority's and signs no documents");
    const search = new Search(roots, others, at, purpose);
    const root = await search.up(certificate, 0, []);
    if (root) return root;
    throw search.lacking ?? search.why ?? chain("none of the trusted roots issued it");
  } catch (error) {
    if (error instanceof DerError) throw chain(error.message);
    if (error instanceof AlgorithmError) throw chain(`an algorithm that is not accepted: ${error.message}`);
    throw error;
  }
}

function chain(why: string): CertificateError {
  return new CertificateError(`the certificate does not lead to a trusted root: ${why}`);
}

class Search {
  why: CertificateError | undefined;
  /** A way that this browser could not go. */
  lacking: Unsupported | undefined;
  private signatures = 0;
  constructor(
    private roots: Certificate[],
    private others: Certificate[],
    private at: number,
    private purpose: Purpose,
  ) {}

  /** `below`: authorities between this certificate and the signer's, itself included once it is one. */
  async up(certificate: Certificate, below: number, way: Certificate[]): Promise<Certificate | undefined> {
    const fault = this.fault(certificate);
    if (fault) return this.refuse(fault);
    for (const root of this.roots) {
      if (!(await this.issued(root, certificate))) continue;
      if (this.at < root.from || this.at > root.until)
        this.why = new CertificateError("the root certificate was not valid at that time");
      else if (root.version === 3 && !this.mayIssue(root, below)) this.refuse("the root may not issue it");
      else return root;
    }
    if (below >= DEPTH_MAX) return undefined;
    for (const other of this.others) {
      if (way.includes(other) || other === certificate) continue;
      if (!(await this.issued(other, certificate))) continue;
      if (!this.mayIssue(other, below)) {
        this.refuse("an authority on the way may not issue it");
        continue;
      }
      const root = await this.up(other, below + 1, [...way, certificate]);
      if (root) return root;
    }
    return undefined;
  }

  private refuse(why: string): undefined {
    this.why = chain(why);
  }

  private mayIssue(issuer: Certificate, below: number): boolean {
    const { ca, pathMax } = authority(issuer);
    return ca && below <= pathMax && keyMay(issuer, 5) && !issuer.extensions.has(EXTENSION.names);
  }

  private fault(certificate: Certificate): string | undefined {
    if (certificate.version !== 3) return "it is of an old version";
    if (this.at < certificate.from) return "it was not yet valid at the time of signing";
    if (this.at > certificate.until) return "it had run out at the time of signing";
    for (const [id, { critical }] of certificate.extensions)
      if (critical && !KNOWN.has(id)) return `it has a critical extension that is not known here: ${id}`;
    const found = usages(certificate);
    if (found && !found.ids.some((id) => USAGES[this.purpose].includes(id)))
      return "it is meant for something else (extended key usage)";
    return undefined;
  }

  private async issued(issuer: Certificate, certificate: Certificate): Promise<boolean> {
    if (!equal(issuer.subject.whole, certificate.issuer.whole)) return false;
    this.signatures += 1;
    if (this.signatures > SIGNATURES_MAX) throw chain("there are too many ways to try");
    const scheme = certificateScheme(certificate.algorithm);
    try {
      return await holds(issuer.key, scheme, certificate.signed, certificate.signature);
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      this.lacking = error;
      return false;
    }
  }
}
