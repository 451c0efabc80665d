//! Group robots by webhook: DingTalk, WeCom and Feishu, as their public documents describe them.

use crate::{mail::NotSent, robots::RobotKind};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use kernel::Moment;
use ring::hmac;
use serde_json::{Value as Json, json};
use std::time::Duration;

/// How long a robot may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// As much of an answer is read.
const ANSWER: u64 = 64 * 1024;

/// The pattern of [`good_url`] for schemas.
pub(crate) const URL: &str = r"^https?://[A-Za-z0-9]([A-Za-z0-9.-]{0,100}[A-Za-z0-9])?(:[1-5]?[0-9]{1,4})?/[A-Za-z0-9._~%/?&=+:@,;-]{0,500}$";

/// Whether it is an address a robot can have: http or https, a name or an IPv4 address, a path; no user name.
pub(crate) fn good_url(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")) else {
        return false;
    };
    let Some((place, path)) = rest.split_once('/') else { return false };
    let (host, port) = place.split_once(':').map_or((place, None), |(h, p)| (h, Some(p)));
    let host_ok = (1..=102).contains(&host.len())
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
        && host.starts_with(|c: char| c.is_ascii_alphanumeric())
        && host.ends_with(|c: char| c.is_ascii_alphanumeric());
    let port_ok = port.is_none_or(|p| {
        (1..=5).contains(&p.len())
            && p.bytes().all(|b| b.is_ascii_digit())
            && (p.len() < 5 || p.as_bytes().first().is_some_and(|b| (b'1'..=b'5').contains(b)))
    });
    let in_path = |b: u8| b.is_ascii_alphanumeric() || b"._~%/?&=+:@,;-".contains(&b);
    host_ok && port_ok && path.len() <= 500 && path.bytes().all(in_path)
}

/// An address with what makes it a credential left out.
pub(crate) fn masked(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    // Of a short path even four characters would be too much.
    let end = if path.len() >= 16 { path.get(path.len() - 4..).unwrap_or("") } else { "" };
    format!("{scheme}://{host}/…{end}")
}

fn sign(key: &[u8], text: &[u8]) -> String {
    BASE64_STANDARD.encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text))
}

/// Percent-encodes all but unreserved characters.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for b in text.bytes() {
        if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
            out.push(char::from(b));
        } else {
            out.push_str(&format!("%{b:02X}"));
        }
    }
    out
}

/// What is posted where. DingTalk signs `timestamp\nsecret` with the secret and puts it into the address, the
/// timestamp in milliseconds; Feishu signs nothing with `timestamp\nsecret`, in seconds, and puts it into the
/// body; WeCom's address alone is its credential.
pub(crate) fn request(
    kind: RobotKind,
    url: &str,
    secret: Option<&str>,
    at: Moment,
    text: &str,
) -> (String, Json) {
    match (kind, secret) {
        (RobotKind::DingTalk, secret) => {
            let body = json!({ "msgtype": "text", "text": { "content": text } });
            let Some(secret) = secret else { return (url.to_owned(), body) };
            let signed = sign(secret.as_bytes(), format!("{}\n{secret}", at.0).as_bytes());
            let mark = if url.contains('?') { '&' } else { '?' };
            (format!("{url}{mark}timestamp={}&sign={}", at.0, escape(&signed)), body)
        }
        (RobotKind::WeCom, _) => (url.to_owned(), json!({ "msgtype": "text", "text": { "content": text } })),
        (RobotKind::Feishu, None) => {
            (url.to_owned(), json!({ "msg_type": "text", "content": { "text": text } }))
        }
        (RobotKind::Feishu, Some(secret)) => {
            let seconds = at.0.div_euclid(1000).to_string();
            let signed = sign(format!("{seconds}\n{secret}").as_bytes(), b"");
            let body = json!({ "timestamp": seconds, "sign": signed, "msg_type": "text", "content": { "text": text } });
            (url.to_owned(), body)
        }
    }
}

/// Whether the robot took it: each says so by a code in its answer, whatever the status.
fn taken(kind: RobotKind, answer: &[u8]) -> Result<(), NotSent> {
    let Ok(answer) = serde_json::from_slice::<Json>(answer) else {
        return Err(NotSent::later("answer_not_json"));
    };
    let (codes, says): (&[&str], &[&str]) = match kind {
        RobotKind::Feishu => (&["code", "StatusCode"], &["msg", "StatusMessage"]),
        RobotKind::DingTalk | RobotKind::WeCom => (&["errcode"], &["errmsg"]),
    };
    match codes.iter().find_map(|c| answer.get(c)?.as_i64()) {
        Some(0) => Ok(()),
        Some(code) => {
            let say = says.iter().find_map(|s| answer.get(s)?.as_str()).unwrap_or_default();
            Err(NotSent::later(format!("refused: {code} {say}")))
        }
        None => Err(NotSent::later("answer_unclear")),
    }
}

/// A message to be posted.
pub(crate) struct Message {
    pub kind: RobotKind,
    pub url: String,
    pub secret: Option<String>,
    /// The same for every try.
    pub id: String,
    pub at: Moment,
    pub text: String,
}

fn broken(e: &ureq::Error) -> &'static str {
    match e {
        ureq::Error::Timeout(_) => "timeout",
        ureq::Error::HostNotFound => "host_unknown",
        ureq::Error::Io(_) | ureq::Error::ConnectionFailed => "unreachable",
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => "tls",
        ureq::Error::BodyExceedsLimit(_) => "answer_too_long",
        _ => "answer_unreadable",
    }
}

/// Posts a message; blocks while it does. No redirects are followed.
pub(crate) fn send(m: &Message) -> Result<(), NotSent> {
    if !good_url(&m.url) {
        return Err(NotSent { why: "bad_address".into(), for_good: true });
    }
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .user_agent("Jingwei")
        .build()
        .into();
    let (url, body) = request(m.kind, &m.url, m.secret.as_deref(), m.at, &m.text);
    let answer = agent
        .post(&url)
        .header("content-type", "application/json; charset=utf-8")
        .header("idempotency-key", &m.id)
        .send(body.to_string())
        .map_err(|e| NotSent::later(broken(&e)))?;
    let status = answer.status();
    if !status.is_success() {
        return Err(NotSent::later(format!("status: {}", status.as_u16())));
    }
    let bytes = answer.into_body().into_with_config().limit(ANSWER).read_to_vec();
    let bytes = bytes.map_err(|e| NotSent::later(broken(&e)))?;
    // What a robot says may repeat what it was sent.
    let path = m.url.splitn(4, '/').nth(3).unwrap_or_default();
    let token = path.rsplit(['=', '/']).next().unwrap_or_default();
    taken(m.kind, &bytes)
        .map_err(|e| e.without(&[&m.url, path, token, m.secret.as_deref().unwrap_or_default()]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // Computed with Python's hmac and base64 by the formulas of the public documents.
    #[test]
    fn signatures_follow_the_documents() {
        let at = Moment(1_577_262_236_757);
        let (url, _) = request(
            RobotKind::DingTalk,
            "https://d/robot/send?access_token=x",
            Some("this is secret"),
            at,
            "t",
        );
        assert_eq!(
            url,
            "https://d/robot/send?access_token=x&timestamp=1577262236757&sign=hmPWwU%2B7lVdm3ZZz0r9tSfx0L4Q26jWOZr9%2BGs6EZQM%3D"
        );
        let (url, body) =
            request(RobotKind::Feishu, "https://f/hook/x", Some("demo"), Moment(1_599_360_473_999), "t");
        assert_eq!(url, "https://f/hook/x");
        assert_eq!(
            body,
            json!({"timestamp": "1599360473", "sign": "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=", "msg_type": "text", "content": {"text": "t"}})
        );
        let (url, body) = request(RobotKind::WeCom, "https://w/send?key=x", Some("unused"), at, "t");
        assert_eq!(
            (url.as_str(), body),
            ("https://w/send?key=x", json!({"msgtype": "text", "text": {"content": "t"}}))
        );
    }

    #[test]
    fn answers_are_believed_by_their_code() {
        let why = |kind, text: &str| taken(kind, text.as_bytes()).map_err(|e| e.why);
        assert_eq!(why(RobotKind::DingTalk, r#"{"errcode":0,"errmsg":"ok"}"#), Ok(()));
        assert_eq!(why(RobotKind::Feishu, r#"{"code":0,"msg":"success"}"#), Ok(()));
        assert_eq!(why(RobotKind::Feishu, r#"{"StatusCode":0,"StatusMessage":"success"}"#), Ok(()));
        assert_eq!(
            why(RobotKind::WeCom, r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#),
            Err("refused: 93000 invalid webhook url".into())
        );
        for odd in ["", "ok", "{}", "[]", r#"{"errcode":"0"}"#] {
            assert!(why(RobotKind::DingTalk, odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn addresses_are_read_strictly_and_shown_masked() {
        for good in
            ["https://oapi.dingtalk.com/robot/send?access_token=0123456789abcdef", "http://10.0.0.1:8080/"]
        {
            assert!(good_url(good), "{good}");
        }
        for bad in [
            "",
            "ftp://h/",
            "https://h",
            "https://u:p@h/",
            "https://h /",
            "file:///etc/passwd",
            "https:///x",
            "https://h/\r\nx",
            "https://h:70000/",
            "HTTPS://h/",
            "https://h/#x",
            "http://[::1]/",
        ] {
            assert!(!good_url(bad), "{bad:?}");
        }
        assert_eq!(
            masked("https://oapi.dingtalk.com/robot/send?access_token=0123456789abcdef"),
            "https://oapi.dingtalk.com/…cdef"
        );
        assert_eq!(masked("https://h/short"), "https://h/…");
    }

    proptest! {
        /// What we take, the HTTP library takes.
        #[test]
        fn what_is_taken_can_be_posted_to(
            url in "https?://[A-Za-z0-9]([A-Za-z0-9.-]{0,100}[A-Za-z0-9])?(:[1-5]?[0-9]{1,4})?/[A-Za-z0-9._~%/?&=+:@,;-]{0,500}",
        ) {
            prop_assert!(good_url(&url));
            prop_assert!(url.parse::<axum::http::Uri>().is_ok());
        }

        #[test]
        fn nothing_else_gets_through(url in "\\PC{0,40}") {
            if good_url(&url) {
                prop_assert!(url.parse::<axum::http::Uri>().is_ok());
            }
        }
    }
}
