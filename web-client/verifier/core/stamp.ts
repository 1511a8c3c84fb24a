import { AlgorithmError, digestBy, digestName, holds, signerScheme } from "./algorithms";
import { type Bytes, digest, equal } from "./bytes";
import {
  attribute,
  certificateId,
  names,
  OID,
  OtherContent,
  readSignedData,
  SHA256_NAME,
  SignatureError,
  type Signed,
  signedBytes,
} from "./cms";
import {
  calendar,
  checkStrict,
  children,
  DerError,
  type Element,
  expect,
  oid,
  parse,
  sequence,
  small,
  TAG,
} from "./der";
import { STAMP_BYTES_MAX } from "./layout";
import { type Certificate, CertificateError, readCertificate } from "./x509";

const CERTIFICATES_MAX = 16;

/** Checks that `answer` (TimeStampResp, RFC 3161) is a time-stamp over exactly `stamped`. Whose it is, is another question. */
export async function verifyStamp(answer: Bytes, stamped: Uint8Array): Promise<Signed> {
  try {
    return await verify(answer, stamped);
  } catch (error) {
    if (error instanceof DerError) throw new SignatureError(`not a time-stamp: ${error.message}`);
    if (error instanceof AlgorithmError)
      throw new SignatureError(`the time-stamp uses an algorithm that is not accepted: ${error.message}`);
    if (error instanceof CertificateError) throw new SignatureError(error.message);
    throw error;
  }
}

async function verify(answer: Bytes, stamped: Uint8Array): Promise<Signed> {
  if (answer.length > STAMP_BYTES_MAX) throw new SignatureError("the time-stamp is too large");
  const whole = parse(answer, TAG.sequence);
  checkStrict(whole, false);
  const [status, token, ...more] = children(whole);
  const granted = small(sequence(status)[0]);
  if (granted > 1 || !token || more.length > 0)
    throw new SignatureError(`the authority made no stamp (status ${granted})`);
  const data = readSignedData(token);
  const { signer } = data;
  if (data.contentType !== OID.tstInfo || data.content?.tag !== TAG.octets)
    throw new SignatureError("it does not hold a TSTInfo");
  const content = data.content.body;
  const { certificate, others } = await enclosed(data.certificates, signer.attributes);
  if (signer.id.tag === TAG.sequence && !names(signer.id, certificate))
    throw new SignatureError("the signer is not the certificate it names");
  const scheme = signerScheme(signer.algorithm, digestName(signer.digest));
  if (!(await holds(certificate.key, scheme, signedBytes(signer.attributes), signer.signature)))
    throw new SignatureError("the time-stamp's signature does not match its certificate");
  if (oid(attribute(signer.attributes, OID.contentType)) !== OID.tstInfo)
    throw new SignatureError("the signed content type is not TSTInfo");
  const named = expect(attribute(signer.attributes, OID.messageDigest), TAG.octets).body;
  if (!equal(await digestBy(signer.digest, content), named))
    throw new SignatureError("the content of the time-stamp is not what was signed");
  const { imprint, at } = readInfo(content);
  const [algorithm, hash, ...rest] = sequence(imprint);
  if (rest.length > 0) throw new DerError("its imprint");
  // Last, so that it is said of a stamp that holds: it is over something else.
  if (!equal(await digestBy(algorithm, stamped), expect(hash, TAG.octets).body)) throw new OtherContent();
  return { certificate, others, at };
}

/** The authority's certificate, which the signed attributes name first, and the others. */
async function enclosed(
  elements: Element[],
  attributes: Element[],
): Promise<{ certificate: Certificate; others: Certificate[] }> {
  if (elements.length > CERTIFICATES_MAX) throw new SignatureError("it holds too many certificates");
  const all = elements.filter((e) => e.tag === TAG.sequence).map((e) => readCertificate(e.whole));
  const v2 = attributes.some((a) => oid(sequence(a)[0]) === OID.signingCertificateV2);
  const [list] = sequence(attribute(attributes, v2 ? OID.signingCertificateV2 : OID.signingCertificate));
  const [first] = sequence(list);
  // By SHA-1 as RFC 3161 had it, before RFC 5816 allowed others.
  const named = v2
    ? certificateId(first)
    : { algorithm: undefined, hash: expect(sequence(first)[0], TAG.octets).body };
  const algorithm = v2 ? digestName(named.algorithm ?? SHA256_NAME, false) : "SHA-1";
  for (const [i, certificate] of all.entries()) {
    if (!equal(await digest(algorithm, certificate.der), named.hash)) continue;
    return { certificate, others: all.filter((_, other) => other !== i) };
  }
  throw new SignatureError("it does not enclose the certificate that it names");
}

/** TSTInfo (RFC 3161, section 2.4.2). */
function readInfo(content: Bytes): { imprint: Element | undefined; at: number } {
  const info = parse(content, TAG.sequence);
  checkStrict(info, false);
  const [version, policy, imprint, serial, at, ...rest] = children(info);
  if (small(version) !== 1) throw new SignatureError("its version is not 1");
  oid(policy);
  expect(serial, TAG.integer);
  for (const { tag, body } of rest) {
    const known = tag === TAG.integer || tag === TAG.sequence || tag === TAG.boolean || (tag & 0xc0) === 0x80;
    if (!known) throw new SignatureError("its TSTInfo has an unknown field");
    if (tag !== 0xa1) continue;
    // A critical extension changes the meaning in a way that nobody here knows.
    for (const extension of children({ body }))
      if (sequence(extension).some((e) => e.tag === TAG.boolean && e.body[0] !== 0))
        throw new SignatureError("it has a critical extension");
  }
  const text = String.fromCharCode(...expect(at, TAG.generalizedTime).body.subarray(0, 40));
  const [, seconds, fraction] = /^(\d{14})(?:\.(\d+))?Z$/.exec(text) ?? [];
  if (!seconds) throw new SignatureError("its time is not one");
  return { imprint, at: calendar(seconds) + Number(`${fraction ?? ""}000`.slice(0, 3)) };
}
