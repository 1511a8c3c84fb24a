//! The seal key in use, which is renewed while the server runs: a court that never stops its server must not come to seal
//! under a certificate that has run out.

use super::key::{KeyError, KeyPlace, Opened, SealKey};
use crate::seal::x509::Certificate;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use time::OffsetDateTime;

/// The keys of a folder.
pub(super) struct Keys {
    folder: PathBuf,
    organisation: String,
    place: KeyPlace,
    /// It does not change with a renewal.
    root: Certificate,
    current: RwLock<Arc<SealKey>>,
}

impl Keys {
    /// As [`SealKey::open_at`].
    pub(super) fn open(
        folder: PathBuf,
        organisation: &str,
        now: OffsetDateTime,
        place: KeyPlace,
    ) -> Result<(Self, Opened), KeyError> {
        let (key, opened) = SealKey::open_at(&folder, organisation, now, &place)?;
        let keys = Self {
            folder,
            organisation: organisation.to_owned(),
            place,
            root: key.root().clone(),
            current: RwLock::new(Arc::new(key)),
        };
        Ok((keys, opened))
    }

    /// The root certificate.
    pub(super) fn root(&self) -> &Certificate {
        &self.root
    }

    fn is_to_be_opened(&self, current: &SealKey, now: OffsetDateTime) -> Result<bool, KeyError> {
        let replaced = match current.was_replaced(&self.folder) {
            Ok(replaced) => replaced,
            // A folder that cannot be read keeps nobody from signing with the key that is known.
            Err(why) if current.valid_until() >= now => {
                tracing::warn!(error = %why, "the folder of the seal keys cannot be read");
                false
            }
            Err(why) => return Err(why),
        };
        Ok(replaced || !current.is_tried() || current.is_near_its_end(now))
    }

    /// The key to sign with at `now`: one whose certificates are valid then. Near their end they are renewed, which writes files.
    /// While that fails the old ones serve to their very end, and nothing is signed after it. A token that was away when the
    /// server started is tried out first, and keys that an operator has had made meanwhile are taken.
    pub(super) fn at(&self, now: OffsetDateTime) -> Result<Arc<SealKey>, KeyError> {
        {
            let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
            if !self.is_to_be_opened(&current, now)? {
                return Ok(current.clone());
            }
        }
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if self.is_to_be_opened(&current, now)? {
            match SealKey::open_at(&self.folder, &self.organisation, now, &self.place) {
                // Another root is put in place by an operator who starts the server anew and publishes its fingerprint.
                Ok((renewed, opened)) if renewed.root() == &self.root => {
                    if opened != Opened::Found || renewed.certificate() != current.certificate() {
                        tracing::info!("the seal certificates were renewed");
                    }
                    *current = Arc::new(renewed);
                }
                other => {
                    let why = other.err().unwrap_or(KeyError::RootChanged);
                    if current.valid_until() < now {
                        return Err(why);
                    }
                    let until = current.valid_until();
                    tracing::warn!(error = %why, %until, "the seal certificates cannot be renewed");
                }
            }
        }
        // One that somebody else issued is renewed by nobody here.
        if current.valid_until() < now {
            return Err(KeyError::Ended(current.valid_until()));
        }
        Ok(current.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::cms;
    use crate::seal::digest::Digest;
    use crate::seal::timestamp::Timestamp;
    use std::fs;
    use time::Duration;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-23 10:00 UTC);

    #[test]
    fn a_server_that_never_stops_seals_under_valid_certificates_for_years() {
        let dir = tempfile::tempdir().unwrap();
        let (keys, _) = Keys::open(dir.path().join("keys"), "Court", NOW, KeyPlace::File).unwrap();
        let roots = std::slice::from_ref(keys.root());
        let mut seals = Vec::new();
        for days in (0..3620).step_by(20) {
            let now = NOW + Duration::days(days);
            let key = keys.at(now).unwrap();
            let signature = key.sign(Digest::of(b"manifest"), Timestamp::new(now)).unwrap();
            assert!(key.stamp(Digest::of(&signature), Timestamp::new(now)).is_ok());
            seals.push(signature);
        }
        let signed = seals.iter().map(|seal| cms::verify(seal, b"manifest").unwrap());
        let mut certificates: Vec<_> = signed
            .inspect(|signed| {
                let at = signed.signing_time.unix_seconds();
                assert!(signed.certificate.leads_to(roots, &[], at).is_ok(), "{at}");
            })
            .map(|signed| signed.certificate.fingerprint())
            .collect();
        certificates.dedup();
        assert_eq!(certificates.len(), 4, "each for some three years");
    }

    #[test]
    fn where_nothing_can_be_renewed_the_old_ones_serve_to_their_end_and_no_longer() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("keys");
        let (keys, _) = Keys::open(folder.clone(), "Court", NOW, KeyPlace::File).unwrap();
        let root_key = fs::read(folder.join("root.key")).unwrap();
        fs::remove_file(folder.join("root.key")).unwrap();
        let first = keys.at(NOW).unwrap();
        let near = keys.at(NOW + Duration::days(1090)).unwrap();
        assert_eq!(near.certificate(), first.certificate());
        let over = keys.at(NOW + Duration::days(1097));
        assert!(matches!(over, Err(KeyError::File { .. })));

        // Put back, it is taken without a start.
        fs::write(folder.join("root.key"), root_key).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(folder.join("root.key"), mode).unwrap();
        let renewed = keys.at(NOW + Duration::days(1097)).unwrap();
        assert_ne!(renewed.certificate(), first.certificate());
    }
}
