use crate::FileFault;
use std::{collections::BTreeMap, io, path::Path};

/// Files by name, as they were uploaded together or stand beside each other in a folder. Names are compared
/// without regard to case.
#[derive(Debug, Clone, Default)]
pub struct Files(BTreeMap<String, Vec<u8>>);

/// No single file may be larger: what a county's boundaries take a hundred times over.
pub const LARGEST: u64 = 512 * 1024 * 1024;

impl Files {
    /// None yet.
    pub fn new() -> Files {
        Files::default()
    }

    /// One file.
    pub fn one(name: &str, bytes: Vec<u8>) -> Files {
        let mut files = Files::new();
        files.add(name, bytes);
        files
    }

    /// Adds a file; one of the same name is replaced.
    pub fn add(&mut self, name: &str, bytes: Vec<u8>) {
        self.0.insert(name.to_owned(), bytes);
    }

    /// The bytes of a file.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        let same = |n: &str| n.eq_ignore_ascii_case(name) || n.to_lowercase() == name.to_lowercase();
        self.0.iter().find(|(n, _)| same(n)).map(|(_, bytes)| bytes.as_slice())
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The file at a path and, if it is a Shapefile, the files of the same stem beside it. Also gives the
    /// name under which [`read_layer`](crate::read_layer) finds it. More than 512 MB are refused.
    pub fn from_path(path: &Path) -> Result<(String, Files), FileFault> {
        let missing = || {
            let shown = path.display();
            FileFault::new("gis.no_file", format!("没有文件 {shown}。"), format!("There is no file {shown}."))
        };
        let name = path.file_name().and_then(|n| n.to_str()).ok_or_else(missing)?.to_owned();
        let mut files = Files::one(&name, read(path)?);
        if extension(&name) == "shp" {
            let stem = stem(&name).to_lowercase();
            let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let beside = std::fs::read_dir(folder).map_err(|e| unreadable(folder, &e))?;
            for entry in beside {
                let entry = entry.map_err(|e| unreadable(folder, &e))?;
                let Ok(other) = entry.file_name().into_string() else { continue };
                let kin = ["dbf", "shx", "cpg", "prj"].contains(&extension(&other).as_str());
                if kin && crate::files::stem(&other).to_lowercase() == stem {
                    files.add(&other, read(&entry.path())?);
                }
            }
        }
        Ok((name, files))
    }

    /// The file with the stem of `name` and this extension, whatever their case.
    pub(crate) fn sibling(&self, name: &str, ext: &str) -> Option<&[u8]> {
        self.get(&format!("{}.{ext}", stem(name)))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, FileFault> {
    let size = std::fs::metadata(path).map_err(|e| unreadable(path, &e))?.len();
    if size > LARGEST {
        return Err(too_large());
    }
    std::fs::read(path).map_err(|e| unreadable(path, &e))
}

pub(crate) fn too_large() -> FileFault {
    FileFault::new("gis.too_large", "文件超过 512 MB,请拆分。", "The file is over 512 MB: split it.")
}

fn unreadable(path: &Path, why: &io::Error) -> FileFault {
    let shown = path.display();
    FileFault::new(
        "gis.unreadable",
        format!("无法读取 {shown}:{why}。"),
        format!("{shown} cannot be read: {why}."),
    )
}

/// What follows the last dot, in lower case; empty without one.
pub(crate) fn extension(name: &str) -> String {
    name.rsplit_once('.').map_or(String::new(), |(_, ext)| ext.to_lowercase())
}

/// What stands before the last dot.
pub(crate) fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}
