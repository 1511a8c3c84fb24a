import { type Bytes, concat, digest } from "./bytes";
import { bits, children, DerError, type Element, oid, parse, sequence, small, TAG } from "./der";

/** An algorithm that is not accepted. */
export class AlgorithmError extends Error {}

/** An algorithm that the format has and this browser has not: what is signed by it is neither good nor bad. */
export class Unsupported extends Error {
  constructor(name: string) {
    super(`this browser cannot check signatures of the kind ${name}`);
  }
}

const DIGESTS: Record<string, string> = {
  "2.16.840.1.101.3.4.2.1": "SHA-256",
  "2.16.840.1.101.3.4.2.2": "SHA-384",
  "2.16.840.1.101.3.4.2.3": "SHA-512",
};
const ECDSA: Record<string, string> = {
  "1.2.840.10045.4.3.2": "SHA-256",
  "1.2.840.10045.4.3.3": "SHA-384",
};
const RSA: Record<string, string> = {
  "1.2.840.113549.1.1.11": "SHA-256",
  "1.2.840.113549.1.1.12": "SHA-384",
  "1.2.840.113549.1.1.13": "SHA-512",
};
const RSA_KEY = "1.2.840.113549.1.1.1";
const RSA_PSS = "1.2.840.113549.1.1.10";
const MGF1 = "1.2.840.113549.1.1.8";
const ED25519 = "1.3.101.112";
const EC_KEY = "1.2.840.10045.2.1";
const CURVES: Record<string, { name: string; bytes: number }> = {
  "1.2.840.10045.3.1.7": { name: "P-256", bytes: 32 },
  "1.3.132.0.34": { name: "P-384", bytes: 48 },
};

/** A way to sign; `hash` is the name by which the browser knows it. */
export type Scheme = { kind: "ecdsa" | "rsa" | "pss"; hash: string } | { kind: "ed25519" };

function algorithm(element: Element | undefined): { id: string; parameters: Element | undefined } {
  const [id, parameters, ...more] = sequence(element);
  if (more.length > 0) throw new DerError("more in an algorithm than expected");
  return { id: oid(id), parameters };
}

function absentOrNull(parameters: Element | undefined): boolean {
  return !parameters || (parameters.tag === TAG.nothing && parameters.body.length === 0);
}

/** What must stand in identifiers of RSA where certificates are concerned (RFC 4055, section 2.1; RFC 3279, section 2.3.1). */
function isNull(parameters: Element | undefined): boolean {
  return parameters?.tag === TAG.nothing && parameters.body.length === 0;
}

/** The digest algorithm that an identifier names; `strict` refuses parameters other than NULL. */
export function digestName(element: Element | undefined, strict = true): string {
  const { id, parameters } = algorithm(element);
  const name = DIGESTS[id];
  if (!name) throw new AlgorithmError(id);
  if (strict && !absentOrNull(parameters)) throw new DerError("a digest algorithm has parameters");
  return name;
}

export async function digestBy(
  element: Element | undefined,
  content: Uint8Array,
  strict = true,
): Promise<Bytes> {
  return digest(digestName(element, strict), content);
}

/** The scheme of a CMS signature, which must be of the same digest as the attributes (section 5, rule 8). */
export function signerScheme(element: Element | undefined, hash: string): Scheme {
  const { id, parameters } = algorithm(element);
  const ecdsa = ECDSA[id];
  const rsa = id === RSA_KEY ? hash : RSA[id];
  if (ecdsa ? parameters : rsa && !absentOrNull(parameters))
    throw new DerError("the signature algorithm has parameters");
  if ((ecdsa ?? rsa) !== hash) throw new AlgorithmError(`${id} with ${hash}`);
  return { kind: ecdsa ? "ecdsa" : "rsa", hash };
}

/** The scheme by which a certificate is signed. */
export function certificateScheme(element: Element | undefined): Scheme {
  const { id, parameters } = algorithm(element);
  const ecdsa = ECDSA[id];
  const rsa = RSA[id];
  if (ecdsa && !parameters) return { kind: "ecdsa", hash: ecdsa };
  if (rsa && isNull(parameters)) return { kind: "rsa", hash: rsa };
  if (id === ED25519 && !parameters) return { kind: "ed25519" };
  if (id === RSA_PSS) return { kind: "pss", hash: pssHash(parameters) };
  throw new AlgorithmError(id);
}

/** RSASSA-PSS with one digest throughout and a salt as long as it (RFC 4055, section 3.1). */
function pssHash(parameters: Element | undefined): string {
  const fields = sequence(parameters);
  const [digestOf, mask, salt] = fields;
  if (fields.length !== 3 || digestOf?.tag !== 0xa0 || mask?.tag !== 0xa1 || salt?.tag !== 0xa2)
    throw new AlgorithmError("RSASSA-PSS with other parameters");
  const named = algorithm(parse(digestOf.body));
  const hash = digestName(parse(digestOf.body));
  const generator = algorithm(parse(mask.body));
  const inner = algorithm(generator.parameters);
  const fits =
    generator.id === MGF1 && inner.id === named.id && isNull(named.parameters) && isNull(inner.parameters);
  if (!fits || small(parse(salt.body)) * 8 !== Number(hash.slice(4)))
    throw new AlgorithmError("RSASSA-PSS with other parameters");
  return hash;
}

/** Whether a signature over `message` holds under a public key (SubjectPublicKeyInfo). False for a key that does not fit. */
export async function holds(
  spki: Element,
  scheme: Scheme,
  message: Bytes,
  signature: Bytes,
): Promise<boolean> {
  const [identifier, key] = sequence(spki);
  const { id, parameters } = algorithm(identifier);
  if (scheme.kind === "ed25519") {
    if (id !== ED25519 || parameters) return false;
    return check(spki, { name: "Ed25519" }, { name: "Ed25519" }, signature, message);
  }
  const { hash } = scheme;
  if (scheme.kind === "ecdsa") {
    const curve = id === EC_KEY && parameters ? CURVES[oid(parameters)] : undefined;
    const raw = curve && plainSignature(signature, curve.bytes);
    if (!curve || !raw) return false;
    return check(spki, { name: "ECDSA", namedCurve: curve.name }, { name: "ECDSA", hash }, raw, message);
  }
  const length = id === RSA_KEY && isNull(parameters) ? modulusBits(bits(key)) : 0;
  if (length < 2048 || length > 8192) return false;
  const name = scheme.kind === "rsa" ? "RSASSA-PKCS1-v1_5" : "RSA-PSS";
  const how = scheme.kind === "rsa" ? { name } : { name, saltLength: Number(hash.slice(4)) / 8 };
  return check(spki, { name, hash }, how, signature, message);
}

async function check(
  spki: Element,
  kind: RsaHashedImportParams | EcKeyImportParams | Algorithm,
  how: AlgorithmIdentifier | EcdsaParams | RsaPssParams,
  signature: Bytes,
  message: Bytes,
): Promise<boolean> {
  let key: CryptoKey;
  try {
    key = await crypto.subtle.importKey("spki", spki.whole, kind, false, ["verify"]);
  } catch {
    if (await lacks(kind)) throw new Unsupported(kind.name);
    return false; // No key, whatever it says of itself: nothing holds under it.
  }
  return crypto.subtle.verify(how, key, signature, message);
}

/** Whether a signature over `message` holds under the 32 bytes of an Ed25519 key. */
export async function holdsEd25519(raw: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
  const kind = { name: "Ed25519" };
  let key: CryptoKey;
  try {
    key = await crypto.subtle.importKey("raw", raw, kind, false, ["verify"]);
  } catch {
    if (await lacks(kind)) throw new Unsupported(kind.name);
    return false;
  }
  return crypto.subtle.verify(kind, key, signature, message);
}

/** Whether the browser knows no such keys. It is asked for one of its own: what a stranger's key makes of it proves nothing. */
async function lacks(kind: RsaHashedImportParams | EcKeyImportParams | Algorithm): Promise<boolean> {
  const modulus = { modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };
  const wanted = kind.name.startsWith("RSA") ? { ...kind, ...modulus } : kind;
  try {
    await crypto.subtle.generateKey(wanted, false, ["sign", "verify"]);
    return false;
  } catch {
    return true;
  }
}

function modulusBits(key: Bytes): number {
  const [modulus] = sequence(parse(key));
  const { body } = modulus ?? { body: new Uint8Array() };
  const digits = body[0] === 0 ? body.subarray(1) : body;
  return digits.length === 0 ? 0 : digits.length * 8 - Math.clz32((digits[0] ?? 0) << 24);
}

/** The two numbers of an ECDSA signature side by side, as the browser wants them; undefined when it is none. */
function plainSignature(signature: Bytes, length: number): Bytes | undefined {
  const numbers = children(parse(signature, TAG.sequence)).map((number) => {
    const { tag, body } = number;
    const digits = body[0] === 0 ? body.subarray(1) : body;
    const minimal = body.length === 1 || body[0] !== 0 || (body[1] ?? 0) >= 0x80;
    const fits = tag === TAG.integer && body.length > 0 && (body[0] ?? 0) < 0x80 && minimal;
    return fits && digits.length <= length
      ? concat(new Uint8Array(length - digits.length), digits)
      : undefined;
  });
  const [r, s] = numbers;
  return numbers.length === 2 && r && s ? concat(r, s) : undefined;
}
