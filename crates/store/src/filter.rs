//! SQL that cannot be made from input: static texts, and conditions put together from static pieces.

use crate::Value;
use std::borrow::Cow;

/// A statement's text. Made from `&'static str`, or by a [`Filter`].
#[derive(Debug, Clone)]
pub struct Sql(pub(crate) Cow<'static, str>);

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Sql {
        Sql(Cow::Borrowed(text))
    }
}

/// A condition: static text with `?` for each value.
#[derive(Debug, Clone, PartialEq)]
pub enum Cond {
    /// Holds for every row.
    Always,
    /// Holds for no row.
    Never,
    /// A static text and the values for its `?`.
    Is(&'static str, Vec<Value>),
    /// All of them hold.
    All(Vec<Cond>),
    /// At least one holds.
    Any(Vec<Cond>),
    /// `column IN (…)`; nothing is in an empty list.
    In(&'static str, Vec<Value>),
    /// It does not hold, be it for want of a value.
    Not(Box<Cond>),
}

impl Cond {
    /// `text` with one value for each `?` in it.
    pub fn is<V: Into<Value>>(text: &'static str, values: impl IntoIterator<Item = V>) -> Cond {
        Cond::Is(text, values.into_iter().map(Into::into).collect())
    }

    fn write(&self, sql: &mut String, binds: &mut Vec<Value>) {
        match self {
            Cond::Always => sql.push_str("1=1"),
            Cond::Never => sql.push_str("1=0"),
            Cond::Is(text, values) => {
                let mut values = values.iter();
                for c in text.chars() {
                    match (c, values.as_slice().first()) {
                        ('?', Some(v)) => {
                            place(sql, binds, v);
                            values.next();
                        }
                        _ => sql.push(c),
                    }
                }
            }
            Cond::All(of) if of.is_empty() => sql.push_str("1=1"),
            Cond::Any(of) if of.is_empty() => sql.push_str("1=0"),
            Cond::All(of) => list(sql, binds, of, " AND "),
            Cond::Any(of) => list(sql, binds, of, " OR "),
            Cond::Not(of) => {
                sql.push_str("NOT COALESCE((");
                of.write(sql, binds);
                sql.push_str("), FALSE)");
            }
            Cond::In(_, values) if values.is_empty() => sql.push_str("1=0"),
            Cond::In(column, values) => {
                sql.push_str(column);
                sql.push_str(" IN (");
                for (i, v) in values.iter().enumerate() {
                    if i > 0 {
                        sql.push(',');
                    }
                    place(sql, binds, v);
                }
                sql.push(')');
            }
        }
    }
}

fn place(sql: &mut String, binds: &mut Vec<Value>, v: &Value) {
    binds.push(v.clone());
    sql.push('$');
    sql.push_str(&binds.len().to_string());
}

fn list(sql: &mut String, binds: &mut Vec<Value>, of: &[Cond], between: &str) {
    sql.push('(');
    for (i, c) in of.iter().enumerate() {
        if i > 0 {
            sql.push_str(between);
        }
        c.write(sql, binds);
    }
    sql.push(')');
}

/// A statement put together from static texts and conditions.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    sql: String,
    binds: Vec<Value>,
}

impl Filter {
    /// Starts with a static text.
    pub fn new(text: &'static str) -> Filter {
        Filter { sql: text.to_owned(), binds: Vec::new() }
    }
    /// Adds a static text.
    pub fn text(mut self, text: &'static str) -> Filter {
        self.sql.push_str(text);
        self
    }
    /// Adds a condition.
    pub fn cond(mut self, cond: &Cond) -> Filter {
        cond.write(&mut self.sql, &mut self.binds);
        self
    }
    /// Adds a value.
    pub fn bind(mut self, value: impl Into<Value>) -> Filter {
        let v = value.into();
        place(&mut self.sql, &mut self.binds, &v);
        self
    }
    /// The statement and its values.
    pub fn done(self) -> (Sql, Vec<Value>) {
        (Sql(Cow::Owned(self.sql)), self.binds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binds;

    #[test]
    fn conditions_number_their_values_in_order() {
        let c = Cond::All(vec![
            Cond::is("c.grid BETWEEN ? AND ?", [1i64, 9]),
            Cond::Any(vec![Cond::In("c.unit", binds![3i64, 4i64]), Cond::Never]),
            Cond::In("c.x", vec![]),
        ]);
        let (sql, binds) = Filter::new("SELECT 1 FROM c WHERE ").cond(&c).text(" LIMIT ").bind(5i64).done();
        assert_eq!(
            sql.0,
            "SELECT 1 FROM c WHERE (c.grid BETWEEN $1 AND $2 AND (c.unit IN ($3,$4) OR 1=0) AND 1=0) LIMIT $5"
        );
        assert_eq!(binds, binds![1i64, 9i64, 3i64, 4i64, 5i64]);
    }
}
