use crate::verify::seal;
use std::{
    io::Write as _,
    path::{Path, PathBuf},
    sync::Mutex,
};
use vault::{Vault, hex, unhex};

/// The end of the sealed log as last seen by this machine, in a file outside the database and signed
/// with the log's key: whoever cuts off the end of the log, or replaces it whole, does not have it.
pub struct Head {
    path: PathBuf,
    last: Mutex<i64>,
}

impl Head {
    /// The head kept in this file; it need not exist yet.
    pub fn at(path: impl Into<PathBuf>) -> Head {
        Head { path: path.into(), last: Mutex::new(0) }
    }

    /// Where it is kept.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads position and seal; `Err` says what is wrong with the file.
    pub fn read(&self, vault: &Vault) -> Result<Option<(i64, [u8; 32])>, String> {
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e.to_string()),
        };
        let words: Vec<&str> = text.split_whitespace().collect();
        let parsed = match words[..] {
            [position, end, mac] => position.parse::<i64>().ok().zip(bytes32(end)).zip(bytes32(mac)),
            _ => None,
        };
        match parsed {
            Some(((position, end), mac)) if seal(vault, &end, position, b"head") == mac => {
                Ok(Some((position, end)))
            }
            _ => Err("the file is damaged or was not written with this key".into()),
        }
    }

    /// Keeps a later end; an earlier one never replaces it. Written beside and moved into place.
    pub fn keep(&self, vault: &Vault, position: i64, end: &[u8; 32]) -> std::io::Result<()> {
        let mut last = self.last.lock().unwrap_or_else(|e| e.into_inner());
        if *last == 0
            && let Ok(Some((kept, _))) = self.read(vault)
        {
            *last = kept;
        }
        if position <= *last {
            return Ok(());
        }
        self.write(vault, position, end)?;
        *last = position;
        Ok(())
    }

    /// Replaces the head, whatever it was: only after a restore.
    pub fn write(&self, vault: &Vault, position: i64, end: &[u8; 32]) -> std::io::Result<()> {
        let beside = self.path.with_extension("new");
        let mut file = std::fs::File::create(&beside)?;
        let mac = seal(vault, end, position, b"head");
        writeln!(file, "{position} {} {}", hex(end), hex(&mac))?;
        file.sync_data()?;
        std::fs::rename(&beside, &self.path)
    }
}

fn bytes32(text: &str) -> Option<[u8; 32]> {
    unhex(text)?.try_into().ok()
}
