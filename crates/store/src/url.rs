use std::{fmt, path::PathBuf, str::FromStr};

/// Where the database is: `sqlite:PATH` or `postgres://user:password@host:port/name`.
#[derive(Clone, PartialEq, Eq)]
pub enum DbUrl {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL database.
    Postgres(String),
}

/// A database address we cannot use.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0:?} is not a database address; use sqlite:PATH or postgres://user:password@host:5432/name")]
pub struct BadUrl(String);

impl FromStr for DbUrl {
    type Err = BadUrl;
    fn from_str(s: &str) -> Result<DbUrl, BadUrl> {
        if let Some(path) = s.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path.starts_with(':') || path.contains('?') {
                return Err(BadUrl(s.into()));
            }
            return Ok(DbUrl::Sqlite(path.into()));
        }
        if s.starts_with("postgres://") || s.starts_with("postgresql://") {
            return s
                .parse::<tokio_postgres::Config>()
                .map(|_| DbUrl::Postgres(s.into()))
                .map_err(|_| BadUrl(DbUrl::hide(s)));
        }
        Err(BadUrl(DbUrl::hide(s)))
    }
}

impl DbUrl {
    fn hide(s: &str) -> String {
        match (s.find("://"), s.rfind('@')) {
            (Some(start), Some(end)) if start + 3 < end => {
                let user = s[start + 3..end].split(':').next().unwrap_or_default();
                format!("{}{user}{}", &s[..start + 3], &s[end..])
            }
            _ => s.into(),
        }
    }
}

/// Without the password.
impl fmt::Display for DbUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DbUrl::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            DbUrl::Postgres(url) => f.write_str(&DbUrl::hide(url)),
        }
    }
}

impl fmt::Debug for DbUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_never_show() {
        let url: DbUrl = "postgres://jingwei:s3cret@db.example:5432/jingwei".parse().unwrap();
        assert_eq!(url.to_string(), "postgres://jingwei@db.example:5432/jingwei");
        assert!(!"mysql://a:s3cret@h/x".parse::<DbUrl>().unwrap_err().to_string().contains("s3cret"));
    }

    #[test]
    fn odd_addresses_are_refused() {
        for bad in ["", "sqlite:", "sqlite::memory:", "sqlite:a?mode=ro", "/tmp/a.db", "http://x"] {
            assert!(bad.parse::<DbUrl>().is_err(), "{bad}");
        }
    }
}
