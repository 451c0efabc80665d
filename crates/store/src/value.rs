use bytes::BytesMut;
use kernel::{
    AccountId, AreaCode, AttachmentId, CaseId, DutyId, ItemCode, JobId, MergeId, Moment, PlaceId, PostId,
    Region, SessionId, TokenId, UnitId, UnitPlaceId,
};
use rusqlite::types::{ToSqlOutput, ValueRef};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;

/// A value on its way into either database. `None` becomes NULL.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// NULL
    Null,
    /// boolean; 0 or 1 in SQLite
    Bool(bool),
    /// 64-bit integer
    Int(i64),
    /// 64-bit float
    Real(f64),
    /// text
    Text(String),
    /// bytes
    Bytes(Vec<u8>),
    /// UUID; 16 bytes in SQLite
    Uuid(Uuid),
}

macro_rules! from {
    ($($t:ty => |$v:ident| $e:expr),+ $(,)?) => {$(
        impl From<$t> for Value { fn from($v: $t) -> Value { $e } }
    )+};
}

from! {
    bool => |v| Value::Bool(v),
    i64 => |v| Value::Int(v),
    i32 => |v| Value::Int(v.into()),
    u32 => |v| Value::Int(v.into()),
    f64 => |v| Value::Real(v),
    String => |v| Value::Text(v),
    &str => |v| Value::Text(v.to_owned()),
    &String => |v| Value::Text(v.clone()),
    Vec<u8> => |v| Value::Bytes(v),
    &[u8] => |v| Value::Bytes(v.to_vec()),
    [u8; 32] => |v| Value::Bytes(v.to_vec()),
    [u8; 16] => |v| Value::Bytes(v.to_vec()),
    Uuid => |v| Value::Uuid(v),
    Moment => |v| Value::Int(v.0),
    Region => |v| Value::Int(v.get()),
    AreaCode => |v| Value::Int(v.get()),
    ItemCode => |v| Value::Int(v.get()),
    CaseId => |v| Value::Uuid(v.0),
    AccountId => |v| Value::Uuid(v.0),
    UnitId => |v| Value::Uuid(v.0),
    PostId => |v| Value::Uuid(v.0),
    SessionId => |v| Value::Uuid(v.0),
    TokenId => |v| Value::Uuid(v.0),
    AttachmentId => |v| Value::Uuid(v.0),
    JobId => |v| Value::Uuid(v.0),
    PlaceId => |v| Value::Uuid(v.0),
    DutyId => |v| Value::Uuid(v.0),
    UnitPlaceId => |v| Value::Uuid(v.0),
    MergeId => |v| Value::Uuid(v.0),
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Value {
        v.map_or(Value::Null, Into::into)
    }
}

/// The values of a statement: `binds![region, id, at]`.
#[macro_export]
macro_rules! binds {
    ($($v:expr),* $(,)?) => { vec![$($crate::Value::from($v)),*] };
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Bool(b) => ValueRef::Integer(i64::from(*b)),
            Value::Int(n) => ValueRef::Integer(*n),
            Value::Real(x) => ValueRef::Real(*x),
            Value::Text(t) => ValueRef::Text(t.as_bytes()),
            Value::Bytes(b) => ValueRef::Blob(b),
            Value::Uuid(u) => ValueRef::Blob(u.as_bytes()),
        }))
    }
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Bool(b) => b.to_sql_checked(ty, out),
            Value::Int(n) => match *ty {
                Type::INT4 => i32::try_from(*n)?.to_sql(ty, out),
                Type::INT2 => i16::try_from(*n)?.to_sql(ty, out),
                _ => n.to_sql_checked(ty, out),
            },
            Value::Real(x) => x.to_sql_checked(ty, out),
            Value::Text(t) => t.to_sql_checked(ty, out),
            Value::Bytes(b) => b.to_sql_checked(ty, out),
            Value::Uuid(u) => u.to_sql_checked(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
