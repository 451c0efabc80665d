use crate::{StoreError, Value};
use kernel::{
    AccountId, AreaCode, AttachmentId, CaseId, DutyId, ItemCode, JobId, MergeId, Moment, PlaceId, PostId,
    Region, SessionId, TokenId, UnitId, UnitPlaceId,
};
use uuid::Uuid;

/// A row being read, column by column, from either database.
pub struct Row<'r> {
    from: From<'r>,
    at: usize,
}

enum From<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

impl<'r> Row<'r> {
    pub(crate) fn sqlite(row: &'r rusqlite::Row<'r>) -> Row<'r> {
        Row { from: From::Sqlite(row), at: 0 }
    }
    pub(crate) fn postgres(row: &'r tokio_postgres::Row) -> Row<'r> {
        Row { from: From::Postgres(row), at: 0 }
    }

    /// The next column of the row.
    #[allow(clippy::should_implement_trait, reason = "it reads whatever type is asked for")]
    pub fn next<T: Column>(&mut self) -> Result<T, StoreError> {
        let i = self.at;
        self.at += 1;
        match self.from {
            From::Sqlite(r) => T::sqlite(r, i).map_err(StoreError::from),
            From::Postgres(r) => T::postgres(r, i).map_err(StoreError::from),
        }
    }

    pub(crate) fn value(&mut self) -> Result<Value, StoreError> {
        let i = self.at;
        self.at += 1;
        use rusqlite::types::ValueRef;
        use tokio_postgres::types::Type;
        match self.from {
            From::Sqlite(r) => Ok(match r.get_ref(i)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(n) => Value::Int(n),
                ValueRef::Real(x) => Value::Real(x),
                ValueRef::Text(t) => Value::Text(String::from_utf8_lossy(t).into_owned()),
                ValueRef::Blob(b) => Value::Bytes(b.to_vec()),
            }),
            From::Postgres(r) => Ok(match *r.columns()[i].type_() {
                Type::BOOL => r.try_get::<_, Option<bool>>(i)?.into(),
                Type::INT8 => r.try_get::<_, Option<i64>>(i)?.into(),
                Type::INT4 => r.try_get::<_, Option<i32>>(i)?.into(),
                Type::INT2 => r.try_get::<_, Option<i16>>(i)?.map(i64::from).into(),
                Type::FLOAT8 => r.try_get::<_, Option<f64>>(i)?.into(),
                Type::BYTEA => r.try_get::<_, Option<Vec<u8>>>(i)?.into(),
                Type::UUID => r.try_get::<_, Option<Uuid>>(i)?.into(),
                _ => r.try_get::<_, Option<String>>(i)?.into(),
            }),
        }
    }
}

/// A value that can be read from a column of either database.
pub trait Column: Sized {
    /// From SQLite.
    fn sqlite(row: &rusqlite::Row<'_>, i: usize) -> rusqlite::Result<Self>;
    /// From PostgreSQL.
    fn postgres(row: &tokio_postgres::Row, i: usize) -> Result<Self, tokio_postgres::Error>;
}

macro_rules! column {
    ($($t:ty),+) => {$(
        impl Column for $t {
            fn sqlite(row: &rusqlite::Row<'_>, i: usize) -> rusqlite::Result<Self> { row.get(i) }
            fn postgres(row: &tokio_postgres::Row, i: usize) -> Result<Self, tokio_postgres::Error> { row.try_get(i) }
        }
        impl Column for Option<$t> {
            fn sqlite(row: &rusqlite::Row<'_>, i: usize) -> rusqlite::Result<Self> { row.get(i) }
            fn postgres(row: &tokio_postgres::Row, i: usize) -> Result<Self, tokio_postgres::Error> { row.try_get(i) }
        }
    )+};
}
column!(bool, f64, String, Vec<u8>);

/// PostgreSQL has narrower integers, for example in `SELECT 1`; SQLite has one kind.
impl Column for Option<i64> {
    fn sqlite(row: &rusqlite::Row<'_>, i: usize) -> rusqlite::Result<Self> {
        row.get(i)
    }
    fn postgres(row: &tokio_postgres::Row, i: usize) -> Result<Self, tokio_postgres::Error> {
        use tokio_postgres::types::Type;
        match row.columns().get(i).map(tokio_postgres::Column::type_) {
            Some(&Type::INT4) => Ok(row.try_get::<_, Option<i32>>(i)?.map(i64::from)),
            Some(&Type::INT2) => Ok(row.try_get::<_, Option<i16>>(i)?.map(i64::from)),
            _ => row.try_get(i),
        }
    }
}
impl Column for i64 {
    fn sqlite(row: &rusqlite::Row<'_>, i: usize) -> rusqlite::Result<Self> {
        row.get(i)
    }
    fn postgres(row: &tokio_postgres::Row, i: usize) -> Result<Self, tokio_postgres::Error> {
        match <Option<i64> as Column>::postgres(row, i)? {
            Some(n) => Ok(n),
            // Asked for what must be there: the driver's own error says which column was NULL.
            None => row.try_get(i),
        }
    }
}

impl Column for Uuid {
    fn sqlite(row: &rusqlite::Row<'_>, i: usize) -> rusqlite::Result<Self> {
        row.get::<_, [u8; 16]>(i).map(Uuid::from_bytes)
    }
    fn postgres(row: &tokio_postgres::Row, i: usize) -> Result<Self, tokio_postgres::Error> {
        row.try_get(i)
    }
}
impl Column for Option<Uuid> {
    fn sqlite(row: &rusqlite::Row<'_>, i: usize) -> rusqlite::Result<Self> {
        Ok(row.get::<_, Option<[u8; 16]>>(i)?.map(Uuid::from_bytes))
    }
    fn postgres(row: &tokio_postgres::Row, i: usize) -> Result<Self, tokio_postgres::Error> {
        row.try_get(i)
    }
}

macro_rules! through {
    ($($t:ty, $via:ty, |$v:ident| $e:expr);+ $(;)?) => {$(
        impl Column for $t {
            fn sqlite(row: &rusqlite::Row<'_>, i: usize) -> rusqlite::Result<Self> {
                <$via as Column>::sqlite(row, i).map(|$v| $e)
            }
            fn postgres(row: &tokio_postgres::Row, i: usize) -> Result<Self, tokio_postgres::Error> {
                <$via as Column>::postgres(row, i).map(|$v| $e)
            }
        }
        impl Column for Option<$t> {
            fn sqlite(row: &rusqlite::Row<'_>, i: usize) -> rusqlite::Result<Self> {
                Ok(<Option<$via> as Column>::sqlite(row, i)?.map(|$v| $e))
            }
            fn postgres(row: &tokio_postgres::Row, i: usize) -> Result<Self, tokio_postgres::Error> {
                Ok(<Option<$via> as Column>::postgres(row, i)?.map(|$v| $e))
            }
        }
    )+};
}
through! {
    Moment, i64, |v| Moment(v);
    Region, i64, |v| Region::stored(v);
    CaseId, Uuid, |v| CaseId(v);
    AccountId, Uuid, |v| AccountId(v);
    UnitId, Uuid, |v| UnitId(v);
    PostId, Uuid, |v| PostId(v);
    SessionId, Uuid, |v| SessionId(v);
    TokenId, Uuid, |v| TokenId(v);
    AttachmentId, Uuid, |v| AttachmentId(v);
    JobId, Uuid, |v| JobId(v);
    PlaceId, Uuid, |v| PlaceId(v);
    DutyId, Uuid, |v| DutyId(v);
    UnitPlaceId, Uuid, |v| UnitPlaceId(v);
    MergeId, Uuid, |v| MergeId(v);
}

/// Codes are checked when written, so an unreadable one reads as absent rather than failing a list.
impl Column for Option<AreaCode> {
    fn sqlite(row: &rusqlite::Row<'_>, i: usize) -> rusqlite::Result<Self> {
        Ok(<Option<i64> as Column>::sqlite(row, i)?.and_then(|n| AreaCode::new(n as u64)))
    }
    fn postgres(row: &tokio_postgres::Row, i: usize) -> Result<Self, tokio_postgres::Error> {
        Ok(<Option<i64> as Column>::postgres(row, i)?.and_then(|n| AreaCode::new(n as u64)))
    }
}
impl Column for Option<ItemCode> {
    fn sqlite(row: &rusqlite::Row<'_>, i: usize) -> rusqlite::Result<Self> {
        Ok(<Option<i64> as Column>::sqlite(row, i)?.and_then(|n| ItemCode::new(n as u64)))
    }
    fn postgres(row: &tokio_postgres::Row, i: usize) -> Result<Self, tokio_postgres::Error> {
        Ok(<Option<i64> as Column>::postgres(row, i)?.and_then(|n| ItemCode::new(n as u64)))
    }
}

/// Something read from a whole row, in the order of the SELECT.
pub trait FromRow: Sized + Send {
    /// Reads it.
    fn from_row(row: &mut Row<'_>) -> Result<Self, StoreError>;
}

/// Implements [`FromRow`] for a struct by its fields in the order of the SELECT.
#[macro_export]
macro_rules! from_row {
    ($t:ident { $($f:ident),+ $(,)? }) => {
        impl $crate::FromRow for $t {
            fn from_row(row: &mut $crate::Row<'_>) -> Result<Self, $crate::StoreError> {
                Ok($t { $($f: row.next()?),+ })
            }
        }
    };
}

macro_rules! tuples {
    ($(($($t:ident),+)),+ $(,)?) => {$(
        impl<$($t: Column + Send),+> FromRow for ($($t,)+) {
            fn from_row(row: &mut Row<'_>) -> Result<Self, StoreError> { Ok(($(row.next::<$t>()?,)+)) }
        }
    )+};
}
tuples!(
    (A),
    (A, B),
    (A, B, C),
    (A, B, C, D),
    (A, B, C, D, E),
    (A, B, C, D, E, F),
    (A, B, C, D, E, F, G),
    (A, B, C, D, E, F, G, H)
);
