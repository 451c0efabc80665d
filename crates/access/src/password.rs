//! Passwords: Argon2id (RFC 9106), 19 MiB, two passes, one lane; never hashed inside a transaction, and
//! only two at a time, so that guessing cannot use up the machine.

use crate::refusal::BAD_PASSWORD;
use argon2::{
    Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version,
    password_hash::SaltString,
};
use kernel::{Refusal, World};
use std::sync::LazyLock;
use tokio::sync::Semaphore;

static TURNS: Semaphore = Semaphore::const_new(2);

fn argon() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19 * 1024, 2, 1, None).unwrap_or_default())
}

fn hash(salt: &[u8; 16], password: &str) -> Option<String> {
    let salt = SaltString::encode_b64(salt).ok()?;
    argon().hash_password(password.as_bytes(), &salt).ok().map(|h| h.to_string())
}

/// Compared with when the account does not exist, so that the answer takes as long.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash(&[7; 16], "nobody's password").unwrap_or_default());

async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
    let _turn = TURNS.acquire().await.map_err(|e| store::rules::INTERNAL.refuse().because(e))?;
    tokio::task::spawn_blocking(work).await.map_err(|e| store::rules::INTERNAL.refuse().because(e))
}

/// Hashes a password for keeping.
pub async fn hash_password(world: &World, password: &str) -> Result<String, Refusal> {
    let (salt, password) = (world.bytes::<16>(), password.to_owned());
    let hashed = in_turn(move || hash(&salt, &password)).await?;
    hashed.ok_or_else(|| store::rules::INTERNAL.refuse().because("argon2"))
}

/// Whether it is the password of this hash; without one, takes as long and says no.
pub(crate) async fn matches(kept: Option<String>, password: &str) -> Result<bool, Refusal> {
    let password = password.to_owned();
    in_turn(move || {
        let known = kept.is_some();
        let text = kept.unwrap_or_else(|| NOBODY.clone());
        let ok =
            PasswordHash::new(&text).is_ok_and(|h| argon().verify_password(password.as_bytes(), &h).is_ok());
        ok && known
    })
    .await
}

/// Whether a password may be used for this username.
pub fn check_password(username: &str, password: &str) -> Result<(), Refusal> {
    let n = password.chars().count();
    let ok = (10..=128).contains(&n) && !password.eq_ignore_ascii_case(username);
    if ok { Ok(()) } else { Err(BAD_PASSWORD.field("password")) }
}
