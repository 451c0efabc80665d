//! Every way a request is refused: a stable code, a text in the reader's language, and the fields
//! at fault. Rooms declare theirs as [`Rule`] constants; the roof turns them into problem+json.

use std::fmt;

/// The language a refusal is told in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// 简体中文, the first language of the interface.
    Zh,
    /// English.
    En,
}

/// What sort of refusal it is; each sort has one HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The request cannot be read at all (400).
    Malformed,
    /// Nobody is signed in, or the sign-in failed (401).
    SignIn,
    /// You may see it but not do this (403).
    Forbidden,
    /// It does not exist, or you may not see it: the same answer on purpose (404).
    NotFound,
    /// The address does not take that method (405).
    Method,
    /// It has changed, or its state does not allow this (409).
    Conflict,
    /// Too large (413).
    TooLarge,
    /// Not a kind of content we take (415).
    Unsupported,
    /// Readable, but a field does not hold (422).
    Invalid,
    /// Locked for a while (423).
    Locked,
    /// Too many requests (429).
    TooMany,
    /// Our fault, logged (500).
    Internal,
    /// The database cannot be reached or is too busy; try again (503).
    Unavailable,
    /// The disk is full (507).
    Full,
}

impl Kind {
    /// The HTTP status of this sort.
    pub const fn status(self) -> u16 {
        match self {
            Kind::Malformed => 400,
            Kind::SignIn => 401,
            Kind::Forbidden => 403,
            Kind::NotFound => 404,
            Kind::Method => 405,
            Kind::Conflict => 409,
            Kind::TooLarge => 413,
            Kind::Unsupported => 415,
            Kind::Invalid => 422,
            Kind::Locked => 423,
            Kind::TooMany => 429,
            Kind::Internal => 500,
            Kind::Unavailable => 503,
            Kind::Full => 507,
        }
    }
}

/// A declared way to refuse. `{name}` in a text is filled from the refusal's parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Which sort.
    pub kind: Kind,
    /// Stable code, `room.reason`; never changed once published.
    pub code: &'static str,
    /// Chinese text.
    pub zh: &'static str,
    /// English text.
    pub en: &'static str,
}

impl Rule {
    /// A refusal by this rule.
    pub fn refuse(&self) -> Refusal {
        Refusal(Box::new(Inner {
            rule: *self,
            params: Vec::new(),
            faults: Vec::new(),
            allowed: None,
            cause: None,
        }))
    }

    /// A refusal by this rule that names the field at fault.
    pub fn field(&self, field: impl Into<String>) -> Refusal {
        let mut r = self.refuse();
        r.0.faults.push(Fault::of(self, field));
        r
    }

    /// The text in a language.
    pub fn text(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.zh,
            Lang::En => self.en,
        }
    }
}

/// The request cannot be read.
pub const MALFORMED: Rule = Rule {
    kind: Kind::Malformed,
    code: "request.malformed",
    zh: "请求无法读取：{why}",
    en: "The request could not be read: {why}",
};

/// It does not exist, or the actor may not see it.
pub const NOT_FOUND: Rule = Rule {
    kind: Kind::NotFound,
    code: "not_found",
    zh: "没有找到。它可能不存在，或者您无权查看。",
    en: "Not found. It may not exist, or you may not see it.",
};

/// Somebody has to sign in first.
pub const SIGN_IN_FIRST: Rule =
    Rule {
        kind: Kind::SignIn, code: "access.sign_in_first", zh: "请先登录。", en: "Please sign in first."
    };

/// One field that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The field's name as the client wrote it; dots lead inwards.
    pub field: String,
    /// Stable code of the reason.
    pub code: &'static str,
    /// Chinese reason.
    pub zh: String,
    /// English reason.
    pub en: String,
}

impl Fault {
    /// A fault whose texts are a rule's.
    pub fn of(rule: &Rule, field: impl Into<String>) -> Fault {
        Fault { field: field.into(), code: rule.code, zh: rule.zh.into(), en: rule.en.into() }
    }
}

/// A refused request: the rule, its parameters, the fields at fault and what is allowed instead.
#[derive(Clone, PartialEq, Eq)]
pub struct Refusal(Box<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    rule: Rule,
    params: Vec<(&'static str, String)>,
    faults: Vec<Fault>,
    allowed: Option<Vec<&'static str>>,
    cause: Option<String>,
}

impl Refusal {
    /// Fills `{name}` in the texts, those of the fields at fault among them.
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Refusal {
        let (mark, value) = (format!("{{{name}}}"), value.to_string());
        for fault in &mut self.0.faults {
            fault.zh = fault.zh.replace(&mark, &value);
            fault.en = fault.en.replace(&mark, &value);
        }
        self.0.params.push((name, value));
        self
    }

    /// Says which moves are allowed instead.
    pub fn allowing(mut self, moves: Vec<&'static str>) -> Refusal {
        self.0.allowed = Some(moves);
        self
    }

    /// Keeps the technical cause for the log; it never reaches the client.
    pub fn because(mut self, cause: impl fmt::Display) -> Refusal {
        self.0.cause = Some(cause.to_string());
        self
    }

    /// With these fields at fault.
    pub fn faults(mut self, faults: Vec<Fault>) -> Refusal {
        self.0.faults = faults;
        self
    }

    /// The rule it was refused by.
    pub fn rule(&self) -> &Rule {
        &self.0.rule
    }
    /// Its stable code.
    pub fn code(&self) -> &'static str {
        self.0.rule.code
    }
    /// Its sort.
    pub fn kind(&self) -> Kind {
        self.0.rule.kind
    }
    /// The fields at fault.
    pub fn fields(&self) -> &[Fault] {
        &self.0.faults
    }
    /// The moves allowed instead, where a move was refused.
    pub fn allowed(&self) -> Option<&[&'static str]> {
        self.0.allowed.as_deref()
    }
    /// The technical cause, for the log only.
    pub fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }
    /// A parameter by name.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.0.params.iter().find(|(n, _)| *n == name).map(|(_, v)| v.as_str())
    }

    /// The text in `lang`, parameters filled in.
    pub fn text(&self, lang: Lang) -> String {
        let mut text = self.0.rule.text(lang).to_owned();
        for (name, value) in &self.0.params {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        text
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.text(Lang::En))?;
        for fault in self.fields() {
            write!(f, "; {}: {}", fault.field, fault.en)?;
        }
        if let Some(cause) = self.cause() {
            write!(f, " ({cause})")?;
        }
        Ok(())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

impl std::error::Error for Refusal {}
