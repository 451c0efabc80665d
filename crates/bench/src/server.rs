//! The program under test: its commands, and its server as a process.

use crate::{Fallible, Trouble};
use serde_json::Value as Json;
use std::{
    fs::File,
    io::{BufRead as _, BufReader, Write as _},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// An installation: a data folder, and a database where it isn't the folder's own SQLite file.
#[derive(Debug, Clone)]
pub struct Place {
    /// The program.
    pub bin: PathBuf,
    /// The data folder.
    pub dir: PathBuf,
    /// The PostgreSQL database, if any.
    pub url: Option<String>,
    /// The configuration file, if any.
    pub config: Option<PathBuf>,
    /// Where the server's own words go.
    pub log: PathBuf,
}

/// How a command ended.
#[derive(Debug, Clone)]
pub struct Ended {
    /// Its exit code.
    pub code: i32,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

impl Place {
    /// The same program elsewhere.
    pub fn elsewhere(&self, dir: impl Into<PathBuf>, url: Option<String>) -> Place {
        Place { dir: dir.into(), url, ..self.clone() }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut c = Command::new(&self.bin);
        for name in ["JINGWEI_DB", "JINGWEI_DATA_DIR", "JINGWEI_CONFIG", "JINGWEI_LISTEN", "JINGWEI_LOG"] {
            c.env_remove(name);
        }
        c.env("JINGWEI_LOG", "warn").args(args).arg("--data-dir").arg(&self.dir);
        if let Some(url) = &self.url {
            c.arg("--db").arg(url);
        }
        if let Some(file) = &self.config {
            c.arg("--config").arg(file);
        }
        c
    }

    /// Runs a command to its end, with this on its standard input.
    pub fn run_with(&self, args: &[&str], input: &str) -> Fallible<Ended> {
        let mut c = self.command(args);
        c.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = c.spawn().map_err(|e| format!("{}: {e}", self.bin.display()))?;
        if let Some(mut pipe) = child.stdin.take() {
            // A command that does not read its input may have ended already.
            let _ = pipe.write_all(input.as_bytes());
        }
        let o = child.wait_with_output()?;
        let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
        Ok(Ended { code: o.status.code().unwrap_or(-1), out: text(&o.stdout), err: text(&o.stderr) })
    }

    /// Runs a command to its end.
    pub fn run(&self, args: &[&str]) -> Fallible<Ended> {
        self.run_with(args, "")
    }

    /// Runs a command that has to succeed.
    pub fn must(&self, args: &[&str]) -> Fallible<String> {
        let ended = self.run(args)?;
        if ended.code == 0 {
            return Ok(ended.out);
        }
        Err(format!("jingwei {} ended with {}: {}", args.join(" "), ended.code, ended.err).into())
    }

    /// The SQLite file.
    pub fn file(&self) -> PathBuf {
        self.dir.join("jingwei.db")
    }

    /// The key file.
    pub fn key(&self) -> PathBuf {
        self.dir.join("jingwei.key")
    }

    /// The sign-ins that `demo` left, as JSON.
    pub fn sign_ins(&self) -> Fallible<Json> {
        Ok(serde_json::from_str(&std::fs::read_to_string(self.dir.join("demo.json"))?)?)
    }

    /// Starts the server and waits until it says where it answers.
    pub fn serve(&self) -> Fallible<Server> {
        let log = File::options().create(true).append(true).open(&self.log)?;
        let mut c = self.command(&["serve", "--listen", "127.0.0.1:0", "--json"]);
        let mut child = c.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn()?;
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut line)?;
        }
        match address(&line) {
            Ok(address) => Ok(Server { child, address }),
            Err(e) => {
                let _ = child.kill();
                let ended = child.wait()?;
                Err(format!(
                    "the server ended with {ended} and said {line:?} ({e}); see {}",
                    self.log.display()
                )
                .into())
            }
        }
    }
}

fn address(line: &str) -> Result<SocketAddr, Trouble> {
    let json: Json = serde_json::from_str(line)?;
    let url = json["url"].as_str().unwrap_or_default();
    Ok(url.trim_start_matches("http://").trim_end_matches('/').parse()?)
}

/// A running server; killed when dropped.
pub struct Server {
    child: Child,
    /// Where it answers.
    pub address: SocketAddr,
}

impl Server {
    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: no chance to finish anything.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Kilobytes of memory it holds.
    pub fn memory_kb(&self) -> Option<u64> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).ok()?;
        let line = text.lines().find(|l| l.starts_with("VmRSS:"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    }
}

/// Seconds of processor time that a process has used, its ended children's with it.
fn cpu_of(pid: u32) -> Option<f64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = text.rsplit(')').next()?.split_whitespace().collect();
    // utime, stime, cutime, cstime: fields 14 to 17, in hundredths; the first two stand before the last ')'.
    let ticks: u64 = fields.get(11..15)?.iter().filter_map(|t| t.parse::<u64>().ok()).sum();
    Some(ticks as f64 / 100.0)
}

/// Seconds of processor time used so far by the server and, where there is one, the PostgreSQL beside it: what a
/// move costs however busy the machine is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cpu {
    /// The server.
    pub server: f64,
    /// The postmaster and its children.
    pub database: f64,
}

impl Server {
    /// What has been used so far; `postmaster` is the process id of the database on this machine.
    pub fn cpu(&self, postmaster: Option<u32>) -> Cpu {
        let children = |parent: u32| {
            let text = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children"));
            let all: Vec<u32> =
                text.unwrap_or_default().split_whitespace().filter_map(|p| p.parse().ok()).collect();
            all
        };
        let database =
            postmaster.map_or(0.0, |p| std::iter::once(p).chain(children(p)).filter_map(cpu_of).sum());
        Cpu { server: cpu_of(self.pid()).unwrap_or(0.0), database }
    }
}

/// The process id of a PostgreSQL on this machine, by one of its sessions'.
pub fn postmaster(session: u32) -> Option<u32> {
    let text = std::fs::read_to_string(format!("/proc/{session}/status")).ok()?;
    text.lines().find_map(|l| l.strip_prefix("PPid:"))?.trim().parse().ok()
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Copies a folder without its subfolders.
pub fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let path = entry?.path();
        if let (true, Some(name)) = (path.is_file(), path.file_name()) {
            std::fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}
