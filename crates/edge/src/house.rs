use serde::{Deserialize, Serialize};
use std::{
    any::{Any, TypeId},
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex},
};
use store::Db;

/// Settings of the installation that rooms ask for. Each is documented in `docs/configuration.md`.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where pictures are kept.
    pub files: PathBuf,
    /// Days after the end of a case until its reporter's contact is forgotten.
    pub contact_keep_days: i64,
    /// Days after closing during which a case can be reopened.
    pub reopen_days: i64,
    /// Anonymous reports one address may make in an hour.
    pub anonymous_reports_per_hour: u32,
    /// Tries to sign in one address may make in a minute.
    pub sign_ins_per_minute: u32,
    /// Minutes of idleness after which a session ends.
    pub session_idle_minutes: i64,
    /// Hours after which a session ends whatever happens.
    pub session_hours: i64,
    /// Whether cookies are marked Secure: set when people come by https.
    pub secure_cookies: bool,
    /// The mail server that notices go through; without one none goes by mail.
    pub smtp_url: Option<Hidden>,
    /// The address notices come from by mail.
    pub mail_from: Option<String>,
    /// The address of this installation as people type it, for links in notices.
    pub public_url: Option<String>,
}

/// Something that nothing prints: an address with a password in it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hidden(pub String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hidden")
    }
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            files: PathBuf::from("attachments"),
            contact_keep_days: 180,
            reopen_days: 15,
            anonymous_reports_per_hour: 30,
            sign_ins_per_minute: 20,
            session_idle_minutes: 60,
            session_hours: 12,
            secure_cookies: false,
            smtp_url: None,
            mail_from: None,
            public_url: None,
        }
    }
}

/// What every handler can reach: the door, the settings, and each room's own caches.
#[derive(Clone)]
pub struct House(Arc<Inner>);

struct Inner {
    db: Db,
    settings: Settings,
    shelf: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

impl House {
    /// A house around this door.
    pub fn new(db: Db, settings: Settings) -> House {
        House(Arc::new(Inner { db, settings, shelf: Mutex::default() }))
    }

    /// The door.
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// A room's own state (a cache, a limiter), made when first asked for.
    pub fn keep<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        self.keep_with(T::default)
    }

    /// The same, made by `make`.
    pub fn keep_with<T: Send + Sync + 'static>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        let mut shelf = self.0.shelf.lock().unwrap_or_else(|e| e.into_inner());
        let kept = shelf.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(make())).clone();
        match kept.downcast::<T>() {
            Ok(t) => t,
            Err(_) => unreachable!("the shelf is keyed by type"),
        }
    }
}
