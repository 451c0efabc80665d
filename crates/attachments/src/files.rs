//! Files by their content: written beside, synced, and moved into place, so that a name always means whole
//! content.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};
use vault::hex;

/// Where a picture of this digest is.
pub(crate) fn path(root: &Path, hash: &[u8]) -> PathBuf {
    let name = hex(hash);
    root.join(&name[..2.min(name.len())]).join(&name[2.min(name.len())..])
}

/// Where its thumbnail is.
pub(crate) fn thumbnail_path(root: &Path, hash: &[u8]) -> PathBuf {
    path(root, hash).with_extension("thumb")
}

/// Takes a file out of the way without destroying it yet; says where it is now, if it was there.
pub(crate) fn set_aside(path: &Path) -> Option<PathBuf> {
    // Like every file that is not whole and wanted, it is named so that backups pass it by.
    let name = path.file_name()?.to_str()?;
    let aside = path.with_file_name(format!("tmp-gone-{name}"));
    fs::rename(path, &aside).ok().map(|()| aside)
}

/// Keeps bytes under a path, durably.
pub(crate) fn keep(path: &Path, bytes: &[u8], unique: &str) -> io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let dir = path.parent().ok_or_else(|| io::Error::other("no folder"))?;
    fs::create_dir_all(dir)?;
    let beside = dir.join(format!("tmp-{unique}"));
    let mut file = fs::File::create(&beside)?;
    let written =
        file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written?;
    fs::File::open(dir)?.sync_all()
}
