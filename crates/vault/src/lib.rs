//! Keys and what they do: sealing personal data, finding it blindly, signing the audit log, making
//! tracking codes. One seam: another algorithm is another number in the first byte of what is sealed.
//!
//! The key file holds one line per key, `key ID 64-hex-digits`; the highest id seals, all of them
//! open. Indexes, signatures and tracking codes hang on the lowest id, so that they outlive a change.
#![forbid(unsafe_code)]

use kernel::{CaseId, Region, World};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    digest, hkdf, hmac,
};

/// Why a key file or something sealed could not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// A line of the key file is not `key ID HEX`.
    #[error("line {0} of the key file is not `key ID 64-hex-digits`")]
    BadLine(usize),
    /// The key file holds no key.
    #[error("the key file holds no key")]
    NoKey,
    /// Sealed under a key we don't have, by an algorithm we don't know, or changed since.
    #[error("sealed data cannot be opened: wrong key, or changed since it was sealed")]
    Closed,
}

/// AES-256-GCM (NIST SP 800-38D), 12-byte random nonce, 16-byte tag.
const AES_GCM: u8 = 1;

/// The keys, ready for use. Nothing prints them.
pub struct Vault {
    keys: Vec<(u32, LessSafeKey)>,
    index: hmac::Key,
    log: hmac::Key,
    tracking: hmac::Key,
    fingerprint: [u8; 16],
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

struct Bytes32;
impl hkdf::KeyType for Bytes32 {
    fn len(&self) -> usize {
        32
    }
}

/// HKDF-SHA-256 (RFC 5869): one purpose, one key.
fn derive(master: &[u8; 32], purpose: &str) -> [u8; 32] {
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"jingwei").extract(master);
    let info = [purpose.as_bytes()];
    let mut out = [0; 32];
    // Cannot fail: 32 bytes are far below HKDF's limit.
    if let Ok(okm) = prk.expand(&info, Bytes32) {
        let _ = okm.fill(&mut out);
    }
    out
}

impl Vault {
    /// The text of a new key file with one fresh key.
    pub fn new_file(world: &World) -> String {
        format!(
            "# Jingwei keys. Keep a copy apart from the backups; without it personal data cannot be read.\nkey 1 {}\n",
            hex(&world.bytes::<32>())
        )
    }

    /// Reads a key file.
    pub fn from_file(text: &str) -> Result<Vault, VaultError> {
        let mut masters = Vec::new();
        for (i, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let bad = || VaultError::BadLine(i + 1);
            let mut words = line.split_whitespace();
            let (Some("key"), Some(id), Some(secret), None) =
                (words.next(), words.next(), words.next(), words.next())
            else {
                return Err(bad());
            };
            let id: u32 = id.parse().map_err(|_| bad())?;
            let secret: [u8; 32] = unhex(secret).and_then(|b| b.try_into().ok()).ok_or_else(bad)?;
            if masters.iter().any(|(other, _)| *other == id) {
                return Err(bad());
            }
            masters.push((id, secret));
        }
        masters.sort_by_key(|(id, _)| *id);
        let Some((_, first)) = masters.first() else { return Err(VaultError::NoKey) };
        let mac = |purpose| hmac::Key::new(hmac::HMAC_SHA256, &derive(first, purpose));
        let mut fingerprint = [0; 16];
        fingerprint.copy_from_slice(&derive(first, "fingerprint")[..16]);
        let keys = masters
            .iter()
            .filter_map(|(id, m)| {
                let key = UnboundKey::new(&AES_256_GCM, &derive(m, "seal")).ok()?;
                Some((*id, LessSafeKey::new(key)))
            })
            .collect();
        Ok(Vault { keys, index: mac("index"), log: mac("audit"), tracking: mac("tracking"), fingerprint })
    }

    /// Tells key files apart without giving anything away; kept in the database.
    pub fn fingerprint(&self) -> [u8; 16] {
        self.fingerprint
    }

    /// Seals `plain`; it opens only together with the same `context` (table, row), so that sealed
    /// values cannot be moved between rows.
    pub fn seal(&self, world: &World, context: &str, plain: &[u8]) -> Vec<u8> {
        let Some((id, key)) = self.keys.last() else { return Vec::new() };
        let nonce: [u8; 12] = world.bytes();
        let mut out = vec![AES_GCM];
        out.extend_from_slice(&id.to_be_bytes());
        out.extend_from_slice(&nonce);
        let mut text = plain.to_vec();
        let aad = Aad::from(context.as_bytes());
        if key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut text).is_err() {
            return Vec::new();
        }
        out.append(&mut text);
        out
    }

    /// Opens what [`Vault::seal`] made under the same context.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        let closed = VaultError::Closed;
        if sealed.len() < 33 || sealed[0] != AES_GCM {
            return Err(closed);
        }
        let id = u32::from_be_bytes([sealed[1], sealed[2], sealed[3], sealed[4]]);
        let (_, key) = self.keys.iter().find(|(k, _)| *k == id).ok_or(VaultError::Closed)?;
        let mut nonce = [0; 12];
        nonce.copy_from_slice(&sealed[5..17]);
        let mut text = sealed[17..].to_vec();
        let aad = Aad::from(context.as_bytes());
        match key.open_in_place(Nonce::assume_unique_for_key(nonce), aad, &mut text) {
            Ok(plain) => Ok(plain.to_vec()),
            Err(_) => Err(closed),
        }
    }

    /// A blind index: equal values of one kind give equal bytes, and nothing more can be read off.
    pub fn index(&self, kind: &str, value: &str) -> [u8; 32] {
        sign(&self.index, &[kind.as_bytes(), value.as_bytes()])
    }

    /// Signs parts of an audit line; each part is preceded by its length.
    pub fn sign_log(&self, parts: &[&[u8]]) -> [u8; 32] {
        sign(&self.log, parts)
    }

    /// A case's tracking code: twelve characters of Crockford's base 32 (60 bits) in three groups.
    /// It follows from the case's id, so that a retry is told the same one and none is ever stored.
    pub fn tracking_code(&self, region: Region, case: CaseId) -> String {
        const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let mac = sign(&self.tracking, &[&region.get().to_be_bytes(), case.0.as_bytes()]);
        let mut bits = u64::from_be_bytes([mac[0], mac[1], mac[2], mac[3], mac[4], mac[5], mac[6], mac[7]]);
        let mut out = String::with_capacity(14);
        for i in 0..12 {
            if i == 4 || i == 8 {
                out.push('-');
            }
            out.push(LETTERS[(bits & 31) as usize] as char);
            bits >>= 5;
        }
        out
    }

    /// A tracking code as people type it, in the one spelling we index: upper case, O is 0, I and L are 1,
    /// groups by hyphens; `None` when it cannot be one.
    pub fn tidy_tracking_code(typed: &str) -> Option<String> {
        let mut out = String::with_capacity(14);
        for c in typed.chars().filter(|c| !matches!(c, '-' | ' ' | '–' | '—')) {
            let c = match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                c @ ('0'..='9' | 'A'..='H' | 'J' | 'K' | 'M' | 'N' | 'P'..='T' | 'V'..='Z') => c,
                _ => return None,
            };
            if out.len() == 4 || out.len() == 9 {
                out.push('-');
            }
            out.push(c);
        }
        (out.len() == 14).then_some(out)
    }
}

fn sign(key: &hmac::Key, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = hmac::Context::with_key(key);
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(mac.sign().as_ref());
    out
}

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    out
}

/// Running SHA-256, for files read in pieces.
pub struct Sha256(digest::Context);

impl Default for Sha256 {
    fn default() -> Sha256 {
        Sha256(digest::Context::new(&digest::SHA256))
    }
}

impl Sha256 {
    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
    /// The digest.
    pub fn finish(self) -> [u8; 32] {
        let mut out = [0; 32];
        out.copy_from_slice(self.0.finish().as_ref());
        out
    }
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The bytes of hexadecimal text, `None` when it is not.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Clock, Dice, Moment};
    use proptest::prelude::*;
    use std::sync::Arc;

    struct Still;
    impl Clock for Still {
        fn now(&self) -> Moment {
            Moment(0)
        }
    }
    impl Dice for Still {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }
    fn world() -> World {
        World::new(Arc::new(Still), Arc::new(Still))
    }
    fn vault(file: &str) -> Vault {
        Vault::from_file(file).unwrap()
    }
    const A: &str = "key 1 0101010101010101010101010101010101010101010101010101010101010101";
    const B: &str = "key 2 0202020202020202020202020202020202020202020202020202020202020202";

    proptest! {
        #[test]
        fn what_is_sealed_opens_only_unchanged_in_its_place(plain: Vec<u8>, flip: usize) {
            let v = vault(A);
            let sealed = v.seal(&world(), "contacts/1", &plain);
            prop_assert_eq!(v.open("contacts/1", &sealed).unwrap(), plain);
            prop_assert_eq!(v.open("contacts/2", &sealed), Err(VaultError::Closed));
            let mut bad = sealed.clone();
            let at = flip % bad.len();
            bad[at] ^= 1;
            prop_assert_eq!(v.open("contacts/1", &bad), Err(VaultError::Closed));
        }

        #[test]
        fn typed_codes_are_tidied_or_refused(text in "\\PC{0,20}") {
            if let Some(code) = Vault::tidy_tracking_code(&text) {
                prop_assert_eq!(Vault::tidy_tracking_code(&code), Some(code.clone()));
            }
        }
    }

    #[test]
    fn a_new_key_opens_the_old_and_keeps_indexes() {
        let (old, both) = (vault(A), vault(&format!("{A}\n{B}\n")));
        let sealed = old.seal(&world(), "x", b"138");
        assert_eq!(both.open("x", &sealed).unwrap(), b"138");
        assert_eq!(old.open("x", &both.seal(&world(), "x", b"138")), Err(VaultError::Closed));
        assert_eq!(old.index("telephone", "1"), both.index("telephone", "1"));
        assert_ne!(old.index("telephone", "1"), old.index("username", "1"));
        assert_eq!(old.fingerprint(), both.fingerprint());
        assert_ne!(old.fingerprint(), vault(B).fingerprint());
    }

    #[test]
    fn key_files_are_read_strictly() {
        assert_eq!(Vault::from_file("# nothing\n").unwrap_err(), VaultError::NoKey);
        for bad in ["key one 00", "key 1 zz", "lock 1 00", &format!("{A}\n{A}"), &format!("{A} more")] {
            assert!(matches!(Vault::from_file(bad), Err(VaultError::BadLine(_))), "{bad}");
        }
        assert!(Vault::from_file(&Vault::new_file(&world())).is_ok());
    }

    #[test]
    fn tracking_codes_read_as_people_type_them() {
        let code = vault(A).tracking_code(Region::new(990101).unwrap(), CaseId(kernel::Uuid::nil()));
        let typed = code.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        assert_eq!(Vault::tidy_tracking_code(&typed), Some(code));
        assert_eq!(Vault::tidy_tracking_code("U000-0000-0000"), None);
    }
}
