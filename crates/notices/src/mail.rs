//! Mail by SMTP.

use kernel::Moment;
use lettre::{
    Address, Message, SmtpTransport, Transport,
    message::{Mailbox, SinglePart, header},
    transport::smtp::{
        authentication::Credentials,
        client::{Tls, TlsParameters},
        extension::ClientId,
    },
};
use std::time::{Duration, SystemTime};

/// How long a mail server may take for each step.
const TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Security {
    /// TLS from the first byte: `smtps://`.
    Tls,
    /// STARTTLS, or nothing is sent: `smtp+starttls://`.
    StartTls,
    /// None: `smtp://`.
    None,
}

/// The mail server of an installation.
#[derive(Clone, PartialEq, Eq)]
pub struct Smtp {
    security: Security,
    host: String,
    port: u16,
    user: Option<(String, String)>,
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {}:{}", self.security, self.host, self.port)
    }
}

fn unescape(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(b) = bytes.next() {
        if b == b'%' {
            let pair = [bytes.next()?, bytes.next()?];
            out.push(u8::from_str_radix(std::str::from_utf8(&pair).ok()?, 16).ok()?);
        } else {
            out.push(b);
        }
    }
    String::from_utf8(out).ok()
}

impl Smtp {
    /// From `smtps://user:password@host:465`, `smtp+starttls://…:587` or `smtp://host:25`; what is unusual in a
    /// user name or password is percent-encoded. The text of an error never holds the password. A password is
    /// not sent unprotected, but to this machine itself.
    pub fn parse(url: &str) -> Result<Smtp, String> {
        let form =
            "smtp_url has to be smtps://, smtp+starttls:// or smtp://, then [user:password@]host[:port]";
        let (scheme, rest) = url.split_once("://").ok_or(form)?;
        let (security, port) = match scheme {
            "smtps" => (Security::Tls, 465),
            "smtp+starttls" => (Security::StartTls, 587),
            "smtp" => (Security::None, 25),
            _ => return Err(form.into()),
        };
        let rest = rest.trim_end_matches('/');
        let (user, place) = match rest.rsplit_once('@') {
            None => (None, rest),
            Some((user, place)) => {
                let (name, password) = user.split_once(':').ok_or(form)?;
                let read =
                    |t| unescape(t).ok_or("smtp_url: the user name or password is wrongly percent-encoded");
                (Some((read(name)?, read(password)?)), place)
            }
        };
        let (host, port) = match place.rsplit_once(':') {
            None => (place, port),
            Some((host, port)) => {
                (host, port.parse().map_err(|_| "smtp_url: the port is no number up to 65535")?)
            }
        };
        let ok = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
        if host.is_empty() || !host.bytes().all(ok) {
            return Err("smtp_url: the host is a name or an IPv4 address".into());
        }
        if user.is_some() && security == Security::None && !matches!(host, "localhost" | "127.0.0.1") {
            return Err(
                "smtp_url: a password is not sent unprotected; use smtps:// or smtp+starttls://".into()
            );
        }
        Ok(Smtp { security, host: host.to_owned(), port, user })
    }

    fn transport(&self, hello: &str) -> Result<SmtpTransport, NotSent> {
        let tls = || TlsParameters::new(self.host.clone()).map_err(|_| NotSent::later("tls"));
        let tls = match self.security {
            Security::Tls => Tls::Wrapper(tls()?),
            Security::StartTls => Tls::Required(tls()?),
            Security::None => Tls::None,
        };
        let mut builder = SmtpTransport::builder_dangerous(&self.host)
            .port(self.port)
            .tls(tls)
            .hello_name(ClientId::Domain(hello.to_owned()))
            .timeout(Some(TIMEOUT));
        if let Some((name, password)) = &self.user {
            builder = builder.credentials(Credentials::new(name.clone(), password.clone()));
        }
        Ok(builder.build())
    }
}

/// Why something was not sent, for the log of deliveries: a code, and after `: ` what the other side said, if it
/// said something. No secrets, no addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotSent {
    pub why: String,
    /// Trying again would not help.
    pub for_good: bool,
}

impl NotSent {
    pub fn later(why: impl Into<String>) -> NotSent {
        NotSent { why: why.into(), for_good: false }
    }

    /// The text with every secret taken out, in one line, cut at 200 characters.
    pub fn without(mut self, secrets: &[&str]) -> NotSent {
        for secret in secrets.iter().filter(|s| s.len() > 2) {
            self.why = self.why.replace(secret, "***");
        }
        self.why = self.why.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
        self
    }
}

/// The pattern of [`good_address`] for schemas.
pub(crate) const ADDRESS: &str = r"^(?!.*\.\.)[A-Za-z0-9_%+-]([A-Za-z0-9_%+.-]{0,62}[A-Za-z0-9_%+-])?@([A-Za-z0-9]([A-Za-z0-9-]{0,28}[A-Za-z0-9])?\.){1,4}[A-Za-z]{2,20}$";

/// Whether it is a mail address as people have them: up to 64 letters, digits, `_ % + - .` before the `@`, a
/// domain of two to five parts after it.
pub(crate) fn good_address(text: &str) -> bool {
    let Some((name, domain)) = text.split_once('@') else { return false };
    let inside = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'%' | b'+' | b'-' | b'.');
    let name_ok = (1..=64).contains(&name.len())
        && name.bytes().all(inside)
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !name.contains("..");
    let parts: Vec<&str> = domain.split('.').collect();
    let Some((last, first)) = parts.split_last() else { return false };
    let part_ok = |p: &&str| {
        (1..=30).contains(&p.len())
            && p.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !p.starts_with('-')
            && !p.ends_with('-')
    };
    let last_ok = (2..=20).contains(&last.len()) && last.bytes().all(|b| b.is_ascii_alphabetic());
    name_ok && last_ok && (1..=4).contains(&first.len()) && first.iter().all(part_ok)
}

/// Whether `mail_from` holds: an address, or `Name <address>`.
pub fn check_from(from: &str) -> Result<(), String> {
    mailbox(from).map(drop)
}

fn mailbox(from: &str) -> Result<Mailbox, String> {
    from.parse().map_err(|_| "mail_from has to be a mail address, or: Name <address>".to_owned())
}

/// Whether `public_url` holds: http or https, without a user name.
pub fn check_public_url(url: &str) -> Result<(), String> {
    if crate::robot::good_url(&format!("{}/", url.trim_end_matches('/'))) {
        Ok(())
    } else {
        Err("public_url has to be like https://jingwei.example.org".into())
    }
}

/// A mail to be sent.
pub(crate) struct Mail {
    pub from: String,
    pub to: String,
    /// The same for every try of the same content.
    pub id: String,
    pub at: Moment,
    pub subject: String,
    pub body: String,
}

/// Sends a mail; blocks while it does.
pub(crate) fn send(smtp: &Smtp, mail: &Mail) -> Result<(), NotSent> {
    let for_good = |why: &str| NotSent { why: why.into(), for_good: true };
    let from = mailbox(&mail.from).map_err(|_| for_good("bad_sender"))?;
    let to: Address = mail.to.parse().map_err(|_| for_good("bad_address"))?;
    let domain = from.email.domain().to_owned();
    let message = Message::builder()
        .from(from)
        .to(Mailbox::new(None, to))
        .date(SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(mail.at.0).unwrap_or(0)))
        .message_id(Some(format!("<{}@{domain}>", mail.id)))
        .subject(mail.subject.clone())
        .header(AutoSubmitted)
        .singlepart(SinglePart::builder().header(header::ContentType::TEXT_PLAIN).body(mail.body.clone()))
        .map_err(|_| for_good("mail_unbuildable"))?;
    let (user, password) = smtp.user.as_ref().map_or(("", ""), |(u, p)| (u, p));
    let sent = smtp.transport(&domain)?.send(&message);
    sent.map(drop).map_err(|e| {
        // Our own password refused: somebody will put it right, and the mail is not lost meanwhile.
        let ours = matches!(e.status().map(u16::from), Some(530 | 534 | 535 | 538));
        let why = match e.status() {
            Some(_) => format!("mail_refused: {e}"),
            None if e.is_timeout() => "timeout".to_owned(),
            None if e.is_tls() => "tls".to_owned(),
            None => format!("mail_broken: {e}"),
        };
        NotSent { why, for_good: e.is_permanent() && !ours }.without(&[&mail.to, password, user])
    })
}

/// RFC 3834: absence notes and the like are not to answer.
#[derive(Clone)]
struct AutoSubmitted;

impl header::Header for AutoSubmitted {
    fn name() -> header::HeaderName {
        header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }
    fn parse(_: &str) -> Result<AutoSubmitted, Box<dyn std::error::Error + Send + Sync>> {
        Ok(AutoSubmitted)
    }
    fn display(&self) -> header::HeaderValue {
        header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn mail_servers_are_read_from_their_address() {
        let plain = Smtp::parse("smtp://mail.example").unwrap();
        assert_eq!((plain.security, plain.port, plain.user), (Security::None, 25, None));
        let tls = Smtp::parse("smtps://desk%40x.cn:p%3A%2F@mail.x.cn:4650/").unwrap();
        assert_eq!(tls.user, Some(("desk@x.cn".into(), "p:/".into())));
        assert_eq!((tls.security, tls.host.as_str(), tls.port), (Security::Tls, "mail.x.cn", 4650));
        let start = Smtp::parse("smtp+starttls://u:p@mail.x.cn").unwrap();
        assert_eq!((start.security, start.port), (Security::StartTls, 587));
        assert_eq!(format!("{tls:?}"), "Tls mail.x.cn:4650");
    }

    #[test]
    fn mistakes_are_named_without_the_password() {
        for bad in [
            "mail.x.cn",
            "http://mail.x.cn",
            "smtps://",
            "smtps://u@h",
            "smtps://u:secret@h:99999",
            "smtps://u:secret%zz@h",
            "smtps://u:secret@h st",
            "smtp://u:secret@mail.x.cn",
        ] {
            let e = Smtp::parse(bad).unwrap_err();
            assert!(e.contains("smtp_url") && !e.contains("secret"), "{bad}: {e}");
        }
        assert!(Smtp::parse("smtp://u:p@localhost:2525").is_ok());
    }

    #[test]
    fn addresses_are_told_from_other_texts() {
        for good in ["a@b.cn", "wang.xiaoming@mail.county.gov.cn", "a_b+c%d-e@163.com"] {
            assert!(good_address(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "a@b",
            "@b.cn",
            "a@@b.cn",
            "a..b@c.cn",
            ".a@b.cn",
            "a.@b.cn",
            "a b@c.cn",
            "a@-b.cn",
            "a@b.c",
            "王@b.cn",
            "a@b.cn\r\nBcc: x@y.cn",
            "<a@b.cn>",
        ] {
            assert!(!good_address(bad), "{bad:?}");
        }
    }

    proptest! {
        /// What we take, the mail library takes.
        #[test]
        fn what_is_taken_can_be_sent_to(
            text in "[A-Za-z0-9_%+-]([A-Za-z0-9_%+.-]{0,62}[A-Za-z0-9_%+-])?@([A-Za-z0-9]([A-Za-z0-9-]{0,28}[A-Za-z0-9])?\\.){1,4}[A-Za-z]{2,20}",
        ) {
            prop_assert_eq!(good_address(&text), !text.contains(".."));
            prop_assert_eq!(text.parse::<Address>().is_ok(), !text.contains(".."));
        }
    }

    #[test]
    fn errors_keep_secrets() {
        let e = NotSent::later("550 <a@b.cn>\r\nno such user; hunter2").without(&["a@b.cn", "hunter2", ""]);
        assert_eq!(e.why, "550 <***>  no such user; ***");
    }
}
