#!/usr/bin/env python3
"""Writes recordings-schema/vectors/certificates.json: certificates that every verifier must take or refuse alike.

Each is signed anew by openssl after its bytes were changed, so that only what is odd about it can be the reason. The keys
are made for it and thrown away."""
import base64, json, pathlib, subprocess, tempfile

OUT = pathlib.Path(__file__).parent.parent / "recordings-schema/vectors/certificates.json"


def tlv(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    size = bytes([n]) if n < 128 else bytes([0x81, n]) if n < 256 else b"\x82" + n.to_bytes(2, "big")
    return bytes([tag]) + size + body


def run(*args, data=None):
    return subprocess.run(args, input=data, capture_output=True, check=True).stdout


oid = lambda digits: tlv(6, bytes.fromhex(digits))
NULL = tlv(5)
RSA_SHA256 = oid("2a864886f70d01010b")
ECDSA_SHA256 = tlv(0x30, oid("2a8648ce3d040302"))
SHA256 = oid("608648016503040201")
CN = oid("550403")
PSS = oid("2a864886f70d01010a")


def pss(null):
    hashed = tlv(0x30, SHA256, null)
    mask = tlv(0x30, oid("2a864886f70d010108"), hashed)
    salt = tlv(2, b"\x20")
    return tlv(0x30, PSS, tlv(0x30, tlv(0xA0, hashed), tlv(0xA1, mask), tlv(0xA2, salt)))


def name(text):
    return tlv(0x30, tlv(0x31, tlv(0x30, CN, tlv(12, text.encode()))))


def extensions(ca):
    usage = tlv(0x30, oid("551d0f"), tlv(1, b"\xff"), tlv(4, tlv(3, b"\x02\x04" if ca else b"\x07\x80")))
    basic = tlv(0x30, oid("551d13"), tlv(1, b"\xff"), tlv(4, tlv(0x30, tlv(1, b"\xff"))))
    return tlv(0xA3, tlv(0x30, usage, basic) if ca else tlv(0x30, usage))


class Key:
    def __init__(self, folder, label, *args):
        self.file = folder / label
        run("openssl", "genpkey", *args, "-out", str(self.file))
        self.public = run("openssl", "pkey", "-in", str(self.file), "-pubout", "-outform", "DER")

    def sign(self, data, *options):
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            return run("openssl", "dgst", "-sha256", "-sign", str(self.file), *options, file.name)


def certificate(issuer, key, public, algorithm, subject, serial=b"\x05", ca=False, issuer_name=None, options=(), between=b""):
    validity = tlv(0x30, tlv(23, b"260101000000Z"), tlv(23, b"400101000000Z"))
    tbs = tlv(0x30, tlv(0xA0, tlv(2, b"\x02")), tlv(2, serial), algorithm, issuer_name or name(issuer), validity,
              subject, public, between, extensions(ca))
    return tlv(0x30, tbs, algorithm, tlv(3, b"\0" + key.sign(tbs, *options)))


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        curve = ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:named_curve")
        modulus = ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
        ec, rsa, leaf = Key(folder, "ec", *curve), Key(folder, "rsa", *modulus), Key(folder, "leaf", *curve)
        rsa_alg, rsa_bare = tlv(0x30, RSA_SHA256, NULL), tlv(0x30, RSA_SHA256)
        key_alg = oid("2a864886f70d010101")
        bare_key = rsa.public.replace(tlv(0x30, key_alg, NULL), tlv(0x30, key_alg))
        bare_key = tlv(0x30, bare_key[4:])  # its length changed by two
        salt = ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32")
        ec_root = certificate("Root", ec, ec.public, ECDSA_SHA256, name("Root"), ca=True)
        rsa_root = certificate("Root", rsa, rsa.public, rsa_alg, name("Root"), ca=True)
        bare_root = certificate("Root", rsa, bare_key, rsa_alg, name("Root"), ca=True)
        good = name("Leaf")
        twice = tlv(0x30, CN, tlv(12, b"Leaf"))
        plain = lambda subject, **more: certificate("Root", ec, leaf.public, ECDSA_SHA256, subject, **more)
        by_rsa = lambda algorithm, **more: certificate("Root", rsa, leaf.public, algorithm, good, **more)
        rows = [
            ("as it should be, of an elliptic curve", plain(good), ec_root, True),
            ("as it should be, of RSA", by_rsa(rsa_alg), rsa_root, True),
            ("as it should be, of RSASSA-PSS", by_rsa(pss(NULL), options=salt), rsa_root, True),
            ("a serial number of 20 bytes", plain(good, serial=b"\x7f" * 20), ec_root, True),
            ("a serial number of 21 bytes", plain(good, serial=b"\x7f" * 21), ec_root, True),
            ("a serial number of 22 bytes", plain(good, serial=b"\x7f" * 22), ec_root, False),
            ("RSA without parameters in the signature", by_rsa(rsa_bare), rsa_root, False),
            ("RSA without parameters in the root's key", by_rsa(rsa_alg), bare_root, False),
            ("RSASSA-PSS without parameters of its digests", by_rsa(pss(b""), options=salt), rsa_root, False),
            ("unique identifiers", plain(good, between=tlv(0x82, b"\0\x01")), ec_root, False),
            ("a name of a number", plain(tlv(0x30, tlv(2, b"\x05"))), ec_root, False),
            ("a name without a value", plain(tlv(0x30, tlv(0x31, tlv(0x30, CN)))), ec_root, False),
            ("a name with two values", plain(tlv(0x30, tlv(0x31, tlv(0x30, CN, NULL, NULL)))), ec_root, False),
            ("a name that says the same twice", plain(tlv(0x30, tlv(0x31, twice, twice))), ec_root, False),
            ("a name whose kind is of one byte", plain(tlv(0x30, tlv(0x31, tlv(0x30, oid("55"), tlv(12, b"x"))))), ec_root, False),
            ("a name whose kind is of 40 bytes", plain(tlv(0x30, tlv(0x31, tlv(0x30, oid("55" + "04" * 39), tlv(12, b"x"))))), ec_root, False),
            ("no name at all", plain(tlv(0x30)), ec_root, True),
        ]
        text = lambda der: base64.b64encode(der).decode()
        list_of = [{"about": about, "certificate": text(der), "root": text(root), "accepted": ok} for about, der, root, ok in rows]
        OUT.write_text(json.dumps({"at": "2026-06-01T00:00:00.000Z", "certificates": list_of}, indent=1) + "\n")


main()
