import { AlgorithmError, digestBy, digestName, holds, signerScheme } from "./algorithms";
import { type Bytes, concat, equal } from "./bytes";
import {
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
import { SIGNATURE_BYTES_MAX } from "./layout";
import { type Certificate, CertificateError, readCertificate } from "./x509";

export const OID = {
  data: "1.2.840.113549.1.7.1",
  signedData: "1.2.840.113549.1.7.2",
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingTime: "1.2.840.113549.1.9.5",
  signingCertificate: "1.2.840.113549.1.9.16.2.12",
  signingCertificateV2: "1.2.840.113549.1.9.16.2.47",
  tstInfo: "1.2.840.113549.1.9.16.1.4",
} as const;
const CERTIFICATES_MAX = 8;

/** A signature is refused, and why. */
export class SignatureError extends Error {}
/** A signature that is sound and of something else. */
export class OtherContent extends Error {}

/** What a good signature says. */
export interface Signed {
  certificate: Certificate;
  others: Certificate[];
  /** By the signer's own clock, milliseconds since 1970. */
  at: number;
}

/** SignedData (RFC 5652, section 5.1) with one signer, taken apart. */
export interface SignedData {
  version: number;
  digests: Element[];
  contentType: string;
  content: Element | undefined;
  certificates: Element[];
  revocations: boolean;
  signer: Signer;
}

export interface Signer {
  version: number;
  id: Element;
  digest: Element;
  attributes: Element[];
  algorithm: Element;
  signature: Bytes;
  unsigned: boolean;
}

export function readSignedData(info: Element): SignedData {
  const [type, explicit, ...more] = sequence(info);
  if (oid(type) !== OID.signedData || explicit?.tag !== 0xa0 || more.length > 0)
    throw new SignatureError("it is not SignedData");
  const fields = sequence(parse(explicit.body));
  const version = small(fields.shift());
  const digests = children(expect(fields.shift(), TAG.set));
  const [contentType, wrapped, ...rest] = sequence(fields.shift());
  if (rest.length > 0 || (wrapped && wrapped.tag !== 0xa0)) throw new DerError("its content");
  const enclosed = fields[0]?.tag === 0xa0 ? fields.shift() : undefined;
  const revocations = fields[0]?.tag === 0xa1 ? fields.shift() : undefined;
  const signers = children(expect(fields.shift(), TAG.set));
  const [signer] = signers;
  if (fields.length > 0) throw new DerError("more than expected");
  if (!signer || signers.length !== 1) throw new SignatureError("it does not have exactly one signer");
  return {
    version,
    digests,
    contentType: oid(contentType),
    content: wrapped && parse(wrapped.body),
    certificates: enclosed ? children(enclosed) : [],
    revocations: revocations !== undefined,
    signer: readSigner(signer),
  };
}

function readSigner(signer: Element): Signer {
  const fields = sequence(signer);
  const version = small(fields.shift());
  const id = fields.shift();
  const digest = fields.shift();
  const signed = fields[0]?.tag === 0xa0 ? fields.shift() : undefined;
  const algorithm = fields.shift();
  const signature = expect(fields.shift(), TAG.octets).body;
  const unsigned = fields[0]?.tag === 0xa1 ? fields.shift() : undefined;
  if (!id || !digest || !algorithm || fields.length > 0) throw new DerError("its signer");
  if (!signed) throw new SignatureError("it has no signed attributes");
  return {
    version,
    id,
    digest,
    attributes: children(signed),
    algorithm,
    signature,
    unsigned: unsigned !== undefined,
  };
}

/** The only value of the only attribute with that name. */
export function attribute(attributes: Element[], name: string): Element {
  const found = attributes.map((a) => sequence(a)).filter(([id]) => oid(id) === name);
  const [one] = found;
  const values = one ? children(expect(one[1], TAG.set)) : [];
  const [value] = values;
  if (found.length !== 1 || one?.length !== 2 || values.length !== 1 || !value)
    throw new SignatureError("a signed attribute is missing or repeated");
  return value;
}

/** The bytes that are signed: the attributes as a SET OF in DER (RFC 5652, section 5.4). */
export function signedBytes(attributes: Element[]): Bytes {
  const body = concat(...sorted(attributes).map((a) => a.whole));
  const digits: number[] = [];
  for (let n = body.length; n > 0; n = Math.floor(n / 256)) digits.unshift(n % 256);
  const length = body.length < 0x80 ? [body.length] : [0x80 + digits.length, ...digits];
  return concat(Uint8Array.from([TAG.set, ...length]), body);
}

/** Whether a signer's identifier is issuer and serial number of a certificate. */
export function names(id: Element, { issuer, serial }: Certificate): boolean {
  return id.tag === TAG.sequence && equal(id.body, concat(issuer.whole, serial.whole));
}

/** An entry of signing-certificate-v2 (RFC 5035): digest algorithm, where one is named, and digest. */
export function certificateId(element: Element | undefined): { algorithm: Element | undefined; hash: Bytes } {
  const fields = sequence(element);
  const algorithm = fields[0]?.tag === TAG.sequence ? fields.shift() : undefined;
  const hash = expect(fields.shift(), TAG.octets).body;
  if (fields.length > 1) throw new DerError("signing-certificate-v2");
  return { algorithm, hash };
}

export const SHA256_NAME = parse(
  Uint8Array.from([0x30, 11, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1]),
  TAG.sequence,
);

/** Checks that `signature` is one over exactly `content`, in the profile of section 5. Whose it is, is another question. */
export async function verifySignature(signature: Bytes, content: Uint8Array): Promise<Signed> {
  try {
    return await verify(signature, content);
  } catch (error) {
    if (error instanceof DerError)
      throw new SignatureError(`not a signature of this format: ${error.message}`);
    if (error instanceof AlgorithmError)
      throw new SignatureError(`the signature uses an algorithm that is not accepted: ${error.message}`);
    if (error instanceof CertificateError) throw new SignatureError(error.message);
    throw error;
  }
}

async function verify(bytes: Bytes, content: Uint8Array): Promise<Signed> {
  if (bytes.length > SIGNATURE_BYTES_MAX) throw new SignatureError("the signature file is too large");
  const info = parse(bytes, TAG.sequence);
  checkStrict(info, true);
  const data = readSignedData(info);
  const { signer } = data;
  const wrong = [
    [data.version !== 1, "the version is not 1"],
    [data.content !== undefined, "it holds content of its own"],
    [data.revocations, "it holds revocation lists"],
    [signer.version !== 1, "the signer's version is not 1"],
    [signer.unsigned, "it has unsigned attributes"],
    [data.digests.length !== 1, "it does not have exactly one digest algorithm"],
    [
      !equal(data.digests[0]?.whole ?? new Uint8Array(), signer.digest.whole),
      "it names two digest algorithms",
    ],
    [signer.attributes.length !== 4, "it has other signed attributes than the four"],
    [data.contentType !== OID.data, "the content type is not data"],
    [!inOrder(data.certificates) || !inOrder(signer.attributes), "it is not in DER"],
  ] as const;
  for (const [is, why] of wrong) if (is) throw new SignatureError(why);
  const { attributes } = signer;
  if (oid(attribute(attributes, OID.contentType)) !== OID.data)
    throw new SignatureError("the content type is not data");
  const digest = expect(attribute(attributes, OID.messageDigest), TAG.octets).body;
  const at = time(attribute(attributes, OID.signingTime));
  const { certificate, others } = await enclosed(data, attribute(attributes, OID.signingCertificateV2));
  if (!names(signer.id, certificate)) throw new SignatureError("the signer is not the certificate it names");
  const scheme = signerScheme(signer.algorithm, digestName(signer.digest));
  if (!(await holds(certificate.key, scheme, signedBytes(attributes), signer.signature)))
    throw new SignatureError("the signature does not match its certificate");
  // Last: only of a signature that holds can it be said that the content, and not the signature, was changed.
  if (!equal(await digestBy(signer.digest, content), digest)) throw new OtherContent();
  return { certificate, others, at };
}

/** The signer's certificate and the others, every one of which must be listed in signing-certificate-v2. */
async function enclosed(
  { certificates }: SignedData,
  named: Element,
): Promise<{ certificate: Certificate; others: Certificate[] }> {
  const [list, ...policies] = sequence(named);
  const ids = sequence(list);
  if (certificates.length > CERTIFICATES_MAX || certificates.length !== ids.length || policies.length > 0)
    throw new SignatureError("signing-certificate-v2 does not list exactly the enclosed certificates");
  const left = certificates.map((c) => {
    if (c.tag !== TAG.sequence) throw new SignatureError("it holds a certificate that is not X.509");
    return readCertificate(c.whole);
  });
  const listed: Certificate[] = [];
  for (const id of ids) {
    const { algorithm, hash } = certificateId(id);
    let found = -1;
    for (const [i, { der }] of left.entries())
      if (equal(await digestBy(algorithm ?? SHA256_NAME, der), hash)) found = i;
    const [one] = found < 0 ? [] : left.splice(found, 1);
    if (!one) throw new SignatureError("signing-certificate-v2 lists a certificate that is not enclosed");
    listed.push(one);
  }
  const [certificate, ...others] = listed;
  if (!certificate) throw new SignatureError("it holds no certificate");
  return { certificate, others };
}
