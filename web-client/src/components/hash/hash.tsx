/** A digest in groups of eight for the eye; copied, it is the one word that `sha256sum` prints. */
export function Hash({ hex }: { hex: string }) {
  return (
    <span class="hash">
      {(hex.match(/.{1,8}/g) ?? [hex]).map((group, i) => (
        <span key={i} class="hash__group">
          {group}
        </span>
      ))}
    </span>
  );
}

/** The fingerprint of a certificate, as OpenSSL, VERIFY.txt and the court print it. */
export function Fingerprint({ hex }: { hex: string }) {
  const bytes = hex.replaceAll(":", "").toUpperCase().match(/.{2}/g) ?? [hex];
  return <span class="hash">{bytes.join(":")}</span>;
}
