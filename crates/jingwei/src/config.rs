//! The configuration: flags and environment over file over defaults. `docs/configuration.md` explains each
//! option; `jingwei.example.toml` holds them all with their defaults, and a test keeps it true.

use crate::exit::{Failure, bad};
use edge::{Hidden, Settings};
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, path::PathBuf, sync::Arc};
use store::{Db, DbUrl, Options};
use vault::Vault;

/// Options every command takes.
#[derive(Debug, Clone, clap::Args)]
pub struct Common {
    /// The database: sqlite:PATH or postgres://user:password@host:5432/name
    #[arg(long, env = "JINGWEI_DB", global = true, value_name = "URL")]
    pub db: Option<String>,
    /// The folder of the key file, the head of the audit log, pictures, and the SQLite file
    #[arg(long, env = "JINGWEI_DATA_DIR", global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// A configuration file (TOML); see jingwei.example.toml
    #[arg(long, env = "JINGWEI_CONFIG", global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// One JSON document on standard output instead of text
    #[arg(long, global = true)]
    pub json: bool,
}

/// The configuration file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    /// The database.
    pub db: Option<String>,
    /// The folder of keys, head, pictures and the SQLite file.
    pub data_dir: PathBuf,
    /// The address to listen on.
    pub listen: SocketAddr,
    /// PostgreSQL connections, or SQLite reading threads; 0 for the default (16, or 3).
    pub connections: usize,
    /// People come by https (through a proxy): cookies are marked Secure.
    pub secure_cookies: bool,
    /// Minutes of idleness after which a session ends.
    pub session_idle_minutes: i64,
    /// Hours after which a session ends whatever happens.
    pub session_hours: i64,
    /// Days after its end until a case's contact is forgotten.
    pub contact_keep_days: i64,
    /// Days after closing during which a case can be reopened.
    pub reopen_days: i64,
    /// Anonymous reports one address may make in an hour.
    pub anonymous_reports_per_hour: u32,
    /// Tries to sign in one address may make in a minute.
    pub sign_ins_per_minute: u32,
    /// The mail server for notices, with user name and password if it wants them.
    pub smtp_url: Option<Hidden>,
    /// The address notices come from by mail.
    pub mail_from: Option<String>,
    /// The address people come by, for links in notices.
    pub public_url: Option<String>,
    /// Log lines as JSON.
    pub log_json: bool,
}

impl Default for File {
    fn default() -> File {
        let s = Settings::default();
        File {
            db: None,
            data_dir: PathBuf::from("jingwei-data"),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            connections: 0,
            secure_cookies: s.secure_cookies,
            session_idle_minutes: s.session_idle_minutes,
            session_hours: s.session_hours,
            contact_keep_days: s.contact_keep_days,
            reopen_days: s.reopen_days,
            anonymous_reports_per_hour: s.anonymous_reports_per_hour,
            sign_ins_per_minute: s.sign_ins_per_minute,
            smtp_url: s.smtp_url,
            mail_from: s.mail_from,
            public_url: s.public_url,
            log_json: false,
        }
    }
}

/// The settled configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The database.
    pub url: DbUrl,
    /// The data folder.
    pub data_dir: PathBuf,
    /// Everything else.
    pub file: File,
    /// Answer in JSON.
    pub json: bool,
}

impl Common {
    /// Settles the configuration; every mistake is named.
    pub fn settle(&self) -> Result<Config, Failure> {
        let mut file = match &self.config {
            None => File::default(),
            Some(path) => {
                let text =
                    std::fs::read_to_string(path).map_err(|e| bad(format!("{}: {e}", path.display())))?;
                toml::from_str(&text).map_err(|e| bad(format!("{}: {e}", path.display())))?
            }
        };
        if let Some(dir) = &self.data_dir {
            file.data_dir.clone_from(dir);
        }
        let ranges = [
            ("session_idle_minutes", file.session_idle_minutes, 1, 24 * 60),
            ("session_hours", file.session_hours, 1, 24 * 30),
            ("contact_keep_days", file.contact_keep_days, 0, 3650),
            ("reopen_days", file.reopen_days, 0, 3650),
            ("connections", file.connections as i64, 0, 500),
        ];
        for (name, value, min, max) in ranges {
            if !(min..=max).contains(&value) {
                return Err(bad(format!("{name} has to be from {min} to {max}, is {value}")));
            }
        }
        // A password is better kept in the environment than in a file that others read.
        if let Ok(url) = std::env::var("JINGWEI_SMTP_URL") {
            file.smtp_url = Some(Hidden(url));
        }
        if let Some(smtp) = &file.smtp_url {
            notices::Smtp::parse(&smtp.0).map_err(bad)?;
            notices::check_from(file.mail_from.as_deref().unwrap_or_default()).map_err(bad)?;
        }
        if let Some(url) = &file.public_url {
            notices::check_public_url(url).map_err(bad)?;
        }
        let url = match self.db.as_ref().or(file.db.as_ref()) {
            Some(url) => url.parse().map_err(bad)?,
            None => DbUrl::Sqlite(file.data_dir.join("jingwei.db")),
        };
        Ok(Config { url, data_dir: file.data_dir.clone(), file, json: self.json })
    }
}

const WRONG_KEY: &str = "the key file does not belong to this database: its personal data and audit log were made with \
another key. Put the right key file in place";

impl Config {
    /// The settings for the rooms.
    pub fn settings(&self) -> Settings {
        let f = &self.file;
        Settings {
            files: self.data_dir.join("attachments"),
            contact_keep_days: f.contact_keep_days,
            reopen_days: f.reopen_days,
            anonymous_reports_per_hour: f.anonymous_reports_per_hour,
            sign_ins_per_minute: f.sign_ins_per_minute,
            session_idle_minutes: f.session_idle_minutes,
            session_hours: f.session_hours,
            secure_cookies: f.secure_cookies,
            smtp_url: f.smtp_url.clone(),
            mail_from: f.mail_from.clone(),
            public_url: f.public_url.clone(),
        }
    }

    /// Where the key file is.
    pub fn key_path(&self) -> PathBuf {
        self.data_dir.join("jingwei.key")
    }

    /// Where the head of the audit log is.
    pub fn head_path(&self) -> PathBuf {
        self.data_dir.join("audit.head")
    }

    /// Reads the key file; makes one where neither it nor anything it could belong to exists.
    pub fn vault(&self, make: bool) -> Result<Arc<Vault>, Failure> {
        let path = self.key_path();
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                Vault::from_file(&text).map(Arc::new).map_err(|e| bad(format!("{}: {e}", path.display())))
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && make => {
                std::fs::create_dir_all(&self.data_dir)
                    .map_err(|e| bad(format!("{}: {e}", self.data_dir.display())))?;
                let text = Vault::new_file(&crate::ambient::world());
                write_private(&path, &text).map_err(|e| bad(format!("{}: {e}", path.display())))?;
                Vault::from_file(&text).map(Arc::new).map_err(bad)
            }
            Err(e) => Err(bad(format!(
                "the key file {} of this installation: {e}. Put a copy of it in place; a new one could not open its data",
                path.display()
            ))),
        }
    }

    /// Opens the database with its keys; with `fresh`, makes what is missing. Refuses a key file that
    /// belongs to another database before anything is written.
    pub async fn open(&self, fresh: bool) -> Result<Db, Failure> {
        if let DbUrl::Sqlite(path) = &self.url
            && !path.exists()
        {
            if !fresh {
                return Err(bad(format!(
                    "there is no database at {}; `jingwei migrate` makes one",
                    path.display()
                )));
            }
            let dir = path.parent().filter(|p| !p.as_os_str().is_empty());
            if let Some(dir) = dir {
                std::fs::create_dir_all(dir).map_err(|e| bad(format!("{}: {e}", dir.display())))?;
            }
        }
        let options = Options { connections: self.file.connections };
        let make_key = fresh && !self.key_path().exists() && !self.belongs_to_a_key(options).await?;
        let vault = self.vault(make_key)?;
        let db = Db::open(&self.url, options, crate::ambient::world(), vault.clone()).await;
        let db = db.map_err(|e| bad(format!("{}: {e}", self.url)))?;
        let known: Vec<(Vec<u8>,)> = db
            .ask(
                &kernel::Actor::system("start"),
                "SELECT key_fingerprint FROM installation WHERE id = 1",
                vec![],
            )
            .await
            .unwrap_or_default();
        if known.first().is_some_and(|(f,)| f[..] != vault.fingerprint()[..]) {
            return Err(bad(format!("{}: {WRONG_KEY}", self.key_path().display())));
        }
        Ok(db)
    }

    /// Whether the database was made with a key already: then a new one would be of no use, and is not made.
    async fn belongs_to_a_key(&self, options: Options) -> Result<bool, Failure> {
        if matches!(&self.url, DbUrl::Sqlite(path) if !path.exists()) {
            return Ok(false);
        }
        let world = crate::ambient::world();
        let nobodys = Vault::from_file(&Vault::new_file(&world)).map(Arc::new).map_err(bad)?;
        let db = Db::open(&self.url, options, world, nobodys)
            .await
            .map_err(|e| bad(format!("{}: {e}", self.url)))?;
        let known: Vec<(i64,)> = db
            .ask(&kernel::Actor::system("start"), "SELECT id FROM installation", vec![])
            .await
            .unwrap_or_default();
        Ok(!known.is_empty())
    }

    /// Opens the database and brings its schema up to date.
    pub async fn open_migrated(&self, progress: store::Progress<'_>) -> Result<Db, Failure> {
        let db = self.open(true).await?;
        db.migrate(&crate::migrations(), progress).await?;
        let now = db.world().now();
        db.tell(
            &kernel::Actor::system("start"),
            "INSERT INTO installation (id, key_fingerprint, made_at) VALUES (1, $1, $2) ON CONFLICT (id) DO NOTHING",
            store::binds![db.vault().fingerprint(), now],
        )
        .await?;
        Ok(db)
    }

    /// Opens a database that has to be there and up to date.
    pub async fn open_current(&self) -> Result<Db, Failure> {
        let db = self.open(false).await?;
        match db.behind(&crate::migrations()).await? {
            0 => Ok(db),
            n => Err(bad(format!("the database lacks {n} migration(s); run `jingwei migrate` first"))),
        }
    }
}

/// Writes a file that only its owner may read; never over an existing one.
pub fn write_private(path: &std::path::Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::File;

    /// Every option stands in the example with its default, and nothing else does.
    #[test]
    fn the_example_is_the_default() {
        let text = include_str!("../../../jingwei.example.toml");
        let read: File = toml::from_str(text).expect("the example can be read");
        let written = |f: &File| serde_json::to_value(f).expect("it can be written");
        assert_eq!(written(&read), written(&File::default()));
        let all = written(&File::default());
        for option in all.as_object().expect("options").keys() {
            let said = text.lines().any(|l| l.trim_start_matches("# ").starts_with(&format!("{option} = ")));
            assert!(said, "{option} is missing from jingwei.example.toml");
            let documented = include_str!("../../../docs/configuration.md").contains(&format!("`{option}`"));
            assert!(documented, "{option} is missing from docs/configuration.md");
        }
    }

    /// An option nobody knows is refused by its name.
    #[test]
    fn unknown_options_are_refused() {
        let e = toml::from_str::<File>("listne = \"127.0.0.1:1\"").expect_err("refused");
        assert!(e.to_string().contains("listne"), "{e}");
    }
}
