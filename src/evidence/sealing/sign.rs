//! Third step: the signature over the manifest.

use super::Bag;
use crate::evidence::durable;
use crate::evidence::error::EvidenceError;
use crate::evidence::key::SealKey;
use crate::seal::bundle;
use crate::seal::cms;
use crate::seal::digest::Digest;
use crate::seal::timestamp::Timestamp;
use time::OffsetDateTime;

/// Writes `seal/certs/` and `seal/manifest-sha256.txt.p7s`. A signature that is there and good stays.
pub(super) fn write(bag: &Bag, key: &SealKey) -> Result<(), EvidenceError> {
    let path = bag.root.join(bundle::MANIFEST_SIGNATURE);
    let manifest = bag.manifest()?;
    durable::create_folder(&bag.root.join("seal/certs"))?;
    if durable::exists(&path)? {
        let bytes = std::fs::read(&path).map_err(EvidenceError::io(&path))?;
        // The certificates were written before the signature, so they are there and belong to it.
        if cms::verify(&bytes, &manifest).is_ok() {
            return Ok(());
        }
    }
    bag.write(
        &bag.root.join(bundle::ROOT_CERTIFICATE),
        key.root().to_pem()?.as_bytes(),
    )?;
    let certificate = key.certificate().to_pem()?;
    bag.write(&bag.root.join(bundle::SEAL_CERTIFICATE), certificate.as_bytes())?;
    let at = Timestamp::new(OffsetDateTime::now_utc());
    let signature = key.sign(Digest::of(&manifest), at)?;
    bag.write(&path, &signature)?;
    durable::sync_folder(&bag.root)
}
