//! HTTP/1.1 over one kept connection, with as little work as possible, so that the measuring machine's
//! processor is left to what is measured.

use crate::Fallible;
use serde_json::Value as Json;
use std::{
    io::{Error, ErrorKind},
    net::SocketAddr,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use uuid::Uuid;

/// As whom a request is made: a line of the request's head.
#[derive(Debug, Clone, Default)]
pub struct As(String);

impl As {
    /// Nobody.
    pub fn nobody() -> As {
        As::default()
    }

    /// The holder of a session.
    pub fn cookie(cookie: &str) -> As {
        As(format!("Cookie: {cookie}\r\n"))
    }

    /// The holder of a token.
    pub fn token(token: &str) -> As {
        As(format!("Authorization: Bearer {token}\r\n"))
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The session's cookie, where the answer sets one.
    pub cookie: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text, shortened, for messages.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).chars().take(300).collect()
    }
}

/// A connection.
pub struct Conn {
    stream: TcpStream,
    sent: Vec<u8>,
    got: Vec<u8>,
}

fn broken(why: &str) -> Error {
    Error::new(ErrorKind::InvalidData, why.to_owned())
}

impl Conn {
    /// Connects.
    pub async fn open(to: SocketAddr) -> std::io::Result<Conn> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        Ok(Conn { stream, sent: Vec::with_capacity(1024), got: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a request and reads its answer. An error leaves the connection unusable, and open whether the
    /// request was carried out.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        who: &As,
        key: Option<Uuid>,
        body: &str,
    ) -> std::io::Result<Answer> {
        use std::io::Write as _;
        self.sent.clear();
        write!(self.sent, "{method} {path} HTTP/1.1\r\nHost: jingwei\r\n{}", who.0)?;
        if let Some(key) = key {
            write!(self.sent, "Idempotency-Key: {key}\r\n")?;
        }
        if !body.is_empty() {
            write!(self.sent, "Content-Type: application/json\r\nContent-Length: {}\r\n", body.len())?;
        }
        write!(self.sent, "\r\n{body}")?;
        self.stream.write_all(&self.sent).await?;
        self.got.clear();
        let head = loop {
            if self.stream.read_buf(&mut self.got).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            if let Some(at) = self.got.windows(4).position(|w| w == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let text = std::str::from_utf8(&self.got[..head]).map_err(|_| broken("head"))?;
        let mut lines = text.split("\r\n");
        let status = lines.next().and_then(|l| l.split(' ').nth(1)).and_then(|s| s.parse::<u16>().ok());
        let status = status.ok_or_else(|| broken("status"))?;
        let (mut length, mut cookie) = (None, None);
        for line in lines {
            let Some((name, value)) = line.split_once(':') else { continue };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse::<usize>().ok();
            } else if name.eq_ignore_ascii_case("set-cookie") {
                cookie = value.trim().split(';').next().map(str::to_owned);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                return Err(broken("a chunked answer"));
            }
        }
        let length = match length {
            Some(n) => n,
            None if status == 204 || status == 304 => 0,
            None => return Err(broken("an answer without length")),
        };
        while self.got.len() < head + length {
            if self.stream.read_buf(&mut self.got).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(Answer { status, cookie, body: self.got[head..head + length].to_vec() })
    }
}

/// Signs in; gives the session to be used, and what the server says of it.
pub async fn sign_in(to: SocketAddr, username: &str, password: &str) -> Fallible<(As, Json)> {
    let body = serde_json::json!({ "username": username, "password": password }).to_string();
    let answer = Conn::open(to).await?.send("POST", "/api/session", &As::nobody(), None, &body).await?;
    match (answer.status, &answer.cookie) {
        (200, Some(cookie)) => Ok((As::cookie(cookie), answer.json())),
        (status, _) => Err(format!("{username} cannot sign in: {status} {}", answer.text()).into()),
    }
}

/// Settles that nobody is called back: a drawn case closes only after its call-back, and which are drawn
/// follows from ids that differ from run to run.
pub async fn without_call_backs(to: SocketAddr, region: &str, steward: &As) -> Fallible<()> {
    let path = format!("/api/regions/{region}/rules");
    let mut rules =
        Conn::open(to).await?.send("GET", &path, steward, None, "").await?.json()["rules"].clone();
    rules["call_back_permille"] = 0.into();
    let answer = Conn::open(to).await?.send("PUT", &path, steward, None, &rules.to_string()).await?;
    match answer.status {
        // A server from before there were rules can be measured beside this one.
        200 | 404 => Ok(()),
        status => Err(format!("the rules could not be set: {status} {}", answer.text()).into()),
    }
}
