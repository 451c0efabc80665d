use kernel::{Kind, Refusal, Rule};

/// How the database failed. Rooms rarely look: `?` turns it into a refusal.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, or has no room for more callers.
    #[error("database unreachable: {0}")]
    Unavailable(String),
    /// The disk or the quota is full.
    #[error("disk full: {0}")]
    Full(String),
    /// Two transactions stood in each other's way; the door has tried again already.
    #[error("transactions in each other's way: {0}")]
    Contended(String),
    /// A uniqueness or other constraint does not hold; the text names it.
    #[error("constraint: {0}")]
    Constraint(String),
    /// Everything else: a defect of ours or a damaged database.
    #[error("{0}")]
    Internal(String),
}

/// Refusals by the door itself.
pub mod rules {
    use super::{Kind, Rule};

    /// The database cannot be reached.
    pub const UNAVAILABLE: Rule = Rule {
        kind: Kind::Unavailable,
        code: "store.unavailable",
        zh: "数据库暂时无法使用，您的操作没有保存，请稍后重试。",
        en: "The database cannot be used right now; nothing was saved. Please try again shortly.",
    };
    /// The disk is full.
    pub const FULL: Rule = Rule {
        kind: Kind::Full,
        code: "store.full",
        zh: "服务器存储空间已满，您的操作没有保存，请联系系统管理员。",
        en: "The server's disk is full; nothing was saved. Please tell the system administrator.",
    };
    /// A constraint of the database.
    pub const CONSTRAINT: Rule = Rule {
        kind: Kind::Conflict,
        code: "store.constraint",
        zh: "与已有数据冲突，没有保存。",
        en: "This conflicts with data already stored; nothing was saved.",
    };
    /// A defect.
    pub const INTERNAL: Rule = Rule {
        kind: Kind::Internal,
        code: "store.internal",
        zh: "系统内部错误，没有保存；已记入日志。",
        en: "Internal error; nothing was saved. It has been logged.",
    };
}

impl From<StoreError> for Refusal {
    fn from(e: StoreError) -> Refusal {
        let rule = match e {
            StoreError::Unavailable(_) | StoreError::Contended(_) => rules::UNAVAILABLE,
            StoreError::Full(_) => rules::FULL,
            StoreError::Constraint(_) => rules::CONSTRAINT,
            StoreError::Internal(_) => rules::INTERNAL,
        };
        rule.refuse().because(e)
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(e: rusqlite::Error) -> StoreError {
        use rusqlite::ErrorCode::*;
        let text = e.to_string();
        match e.sqlite_error_code() {
            Some(DiskFull) => StoreError::Full(text),
            Some(ConstraintViolation) => StoreError::Constraint(text),
            Some(DatabaseBusy | DatabaseLocked) => StoreError::Contended(text),
            Some(CannotOpen | SystemIoFailure | ReadOnly) => StoreError::Unavailable(text),
            _ => StoreError::Internal(text),
        }
    }
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(e: tokio_postgres::Error) -> StoreError {
        let Some(db) = e.as_db_error() else {
            let text = std::error::Error::source(&e).map_or_else(|| e.to_string(), |s| format!("{e}: {s}"));
            return if e.is_closed() || text.contains("connect") || text.contains("io") {
                StoreError::Unavailable(text)
            } else {
                StoreError::Internal(text)
            };
        };
        let text = format!("{} {}", db.code().code(), db.message());
        match db.code().code() {
            "40001" | "40P01" => StoreError::Contended(text),
            "53100" => StoreError::Full(text),
            c if c.starts_with("23") => {
                StoreError::Constraint(format!("{text} {}", db.constraint().unwrap_or_default()))
            }
            c if c.starts_with("53")
                || c.starts_with("57")
                || c.starts_with("08")
                || c.starts_with("28")
                || c == "3D000" =>
            {
                StoreError::Unavailable(text)
            }
            _ => StoreError::Internal(text),
        }
    }
}

impl From<deadpool_postgres::PoolError> for StoreError {
    fn from(e: deadpool_postgres::PoolError) -> StoreError {
        match e {
            deadpool_postgres::PoolError::Backend(e) => match StoreError::from(e) {
                StoreError::Internal(t) => StoreError::Unavailable(t),
                other => other,
            },
            other => StoreError::Unavailable(other.to_string()),
        }
    }
}
