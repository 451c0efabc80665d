//! A mail server and a web server that keep what they are sent and answer what they are told to.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    pub target: String,
    pub head: String,
    pub body: serde_json::Value,
    pub raw: String,
}

impl Request {
    pub fn header(&self, name: &str) -> String {
        let found = self.head.lines().find(|l| l.to_lowercase().starts_with(&format!("{name}:")));
        found.and_then(|l| l.split_once(':')).map(|(_, v)| v.trim().to_owned()).unwrap_or_default()
    }
}

#[derive(Default)]
struct Heard {
    requests: Vec<Request>,
    answers: VecDeque<String>,
    hold_first: bool,
}

/// A web server. It answers `{"errcode":0,"code":0}` unless told otherwise.
#[derive(Clone)]
pub struct Web {
    pub port: u16,
    heard: Arc<Mutex<Heard>>,
    gate: Arc<Semaphore>,
}

pub fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}", body.len())
}

pub fn ok() -> String {
    answer("200 OK", "", r#"{"errcode":0,"errmsg":"ok","code":0}"#)
}

impl Web {
    pub async fn start() -> Web {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let web = Web { port, heard: Arc::default(), gate: Arc::new(Semaphore::new(0)) };
        let it = web.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(it.clone().serve(stream));
            }
        });
        web
    }

    async fn serve(self, mut stream: TcpStream) {
        let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
        let (head, body) = loop {
            let n = stream.read(&mut piece).await.unwrap_or(0);
            if n == 0 {
                return;
            }
            bytes.extend_from_slice(&piece[..n]);
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.lines().find_map(|l| {
                let (name, value) = l.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                break (head.to_owned(), body.to_owned());
            }
        };
        let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let request =
            Request { target, body: serde_json::from_str(&body).unwrap_or_default(), raw: body, head };
        let (first, reply, hold) = {
            let mut heard = self.heard.lock().unwrap();
            heard.requests.push(request);
            let reply = heard.answers.pop_front().unwrap_or_else(ok);
            (heard.requests.len() == 1, reply, heard.hold_first)
        };
        if first && hold {
            let _ = self.gate.acquire().await;
        }
        let _ = stream.write_all(reply.as_bytes()).await;
        let _ = stream.shutdown().await;
    }

    pub fn answers(&self, answers: impl IntoIterator<Item = String>) {
        self.heard.lock().unwrap().answers.extend(answers);
    }
    pub fn hold_first(&self) {
        self.heard.lock().unwrap().hold_first = true;
    }
    pub fn release(&self) {
        self.gate.add_permits(100);
    }
    pub fn requests(&self) -> Vec<Request> {
        self.heard.lock().unwrap().requests.clone()
    }
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

/// A mail server. It takes everything unless told to refuse.
#[derive(Clone)]
pub struct Post {
    pub port: u16,
    mails: Arc<Mutex<Vec<(String, String)>>>,
    refusals: Arc<Mutex<VecDeque<&'static str>>>,
}

impl Post {
    pub async fn start() -> Post {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let post = Post { port, mails: Arc::default(), refusals: Arc::default() };
        let it = post.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(it.clone().serve(stream));
            }
        });
        post
    }

    async fn serve(self, stream: TcpStream) {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let _ = write.write_all(b"220 stub\r\n").await;
        let (mut to, mut data, mut reading) = (String::new(), String::new(), false);
        while let Ok(Some(line)) = lines.next_line().await {
            let reply: String = if reading {
                if line == "." {
                    reading = false;
                    self.mails.lock().unwrap().push((to.clone(), std::mem::take(&mut data)));
                    "250 taken".into()
                } else {
                    data.push_str(line.strip_prefix('.').unwrap_or(&line));
                    data.push('\n');
                    continue;
                }
            } else if line.starts_with("EHLO") {
                "250-stub\r\n250 8BITMIME".into()
            } else if let Some(address) = line.strip_prefix("RCPT TO:") {
                to = address.trim().trim_matches(['<', '>']).to_owned();
                match self.refusals.lock().unwrap().pop_front() {
                    Some(refusal) => refusal.replace("ADDRESS", &to),
                    None => "250 ok".into(),
                }
            } else if line == "DATA" {
                reading = true;
                "354 go on".into()
            } else {
                "250 ok".into()
            };
            let _ = write.write_all(format!("{reply}\r\n").as_bytes()).await;
            if line.starts_with("QUIT") {
                break;
            }
        }
    }

    pub fn refuse(&self, with: impl IntoIterator<Item = &'static str>) {
        self.refusals.lock().unwrap().extend(with);
    }

    /// To whom, and the mail with its encodings undone.
    pub fn mails(&self) -> Vec<(String, String)> {
        let mails = self.mails.lock().unwrap().clone();
        mails.into_iter().map(|(to, mail)| (to, decoded(&mail))).collect()
    }
}

fn base64(text: &str) -> Vec<u8> {
    use ::base64::{Engine as _, prelude::BASE64_STANDARD};
    BASE64_STANDARD.decode(text.replace(['\n', '\r'], "")).unwrap_or_default()
}

fn quoted(text: &str) -> Vec<u8> {
    let text = text.replace("=\n", "");
    let (mut out, bytes, mut i) = (Vec::new(), text.as_bytes(), 0);
    while i < bytes.len() {
        if bytes[i] == b'=' && i + 2 < bytes.len() {
            out.push(u8::from_str_radix(&text[i + 1..i + 3], 16).unwrap_or(b'?'));
            i += 3;
        } else {
            out.push(bytes[i]);
            i += 1;
        }
    }
    out
}

fn decoded(mail: &str) -> String {
    let (head, body) = mail.split_once("\n\n").unwrap_or((mail, ""));
    let lower = head.to_lowercase();
    let body = if lower.contains("content-transfer-encoding: base64") {
        base64(body)
    } else if lower.contains("content-transfer-encoding: quoted-printable") {
        quoted(body)
    } else {
        body.as_bytes().to_vec()
    };
    let mut subject = String::new();
    for line in head.lines().skip_while(|l| !l.starts_with("Subject:")).enumerate() {
        if line.0 > 0 && !line.1.starts_with(' ') {
            break;
        }
        for word in line.1.split(' ') {
            match word.strip_prefix("=?utf-8?b?").and_then(|w| w.strip_suffix("?=")) {
                Some(word) => subject.push_str(&String::from_utf8_lossy(&base64(word))),
                None if word != "Subject:" && !word.is_empty() => {
                    subject.push(' ');
                    subject.push_str(word);
                }
                _ => {}
            }
        }
    }
    format!("{head}\nDECODED {subject}\n\n{}", String::from_utf8_lossy(&body))
}
