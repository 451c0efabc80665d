//! Zip files: a Shapefile's files in one, or any other format packed.

use crate::{FileFault, Files, files};
use encoding_rs::GB18030;
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// What a zip may hold at most when unpacked: four times the largest file.
const MOST: u64 = 4 * files::LARGEST;
const MOST_FILES: usize = 10_000;

fn damaged() -> FileFault {
    FileFault::new("gis.bad_zip", "压缩包损坏或不完整。", "The .zip is damaged or cut off.")
}

fn open(bytes: &[u8]) -> Result<ZipArchive<Cursor<&[u8]>>, FileFault> {
    let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    if zip.len() > MOST_FILES {
        return Err(files::too_large());
    }
    Ok(zip)
}

/// Refuses what is no zip or claims to hold too much.
pub(crate) fn check(bytes: &[u8]) -> Result<(), FileFault> {
    let mut zip = open(bytes)?;
    let mut all = 0u64;
    for i in 0..zip.len() {
        all = all.saturating_add(zip.by_index_raw(i).map_err(|_| damaged())?.size());
    }
    if all > files::LARGEST { Err(files::too_large()) } else { Ok(()) }
}

/// A zip of these files, as a Shapefile is sent.
pub fn pack(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, FileFault> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name.as_str(), zip::write::SimpleFileOptions::default())
            .map_err(|_| crate::files::too_large())?;
        // Writing to memory cannot fail.
        std::io::Write::write_all(&mut zip, bytes).map_err(|_| crate::files::too_large())?;
    }
    zip.finish().map(Cursor::into_inner).map_err(|_| crate::files::too_large())
}

/// The files of a zip by name without folders; names in GBK are understood. What no reader of ours reads,
/// and what macOS adds, is left out.
pub(crate) fn unpack(bytes: &[u8]) -> Result<Files, FileFault> {
    let mut zip = open(bytes)?;
    let mut out = Files::new();
    let mut all = 0u64;
    for i in 0..zip.len() {
        let mut file = zip.by_index(i).map_err(|e| match e {
            zip::result::ZipError::UnsupportedArchive(_) => FileFault::new(
                "gis.zip_unsupported",
                "压缩包有密码或用了不支持的压缩方式。",
                "The .zip has a password or a compression that is not read.",
            ),
            _ => damaged(),
        })?;
        let raw = file.name_raw();
        let name = match std::str::from_utf8(raw) {
            Ok(name) => name.to_owned(),
            Err(_) => GB18030.decode_without_bom_handling(raw).0.into_owned(),
        };
        let base = name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        let known = ["shp", "dbf", "shx", "cpg", "prj", "geojson", "json", "gpkg", "csv"];
        if name.starts_with("__MACOSX")
            || base.starts_with("._")
            || !known.contains(&files::extension(&base).as_str())
        {
            continue;
        }
        let mut unpacked = Vec::new();
        let room = MOST - all;
        let read = (&mut file).take(room.min(files::LARGEST) + 1).read_to_end(&mut unpacked);
        all += read.map_err(|_| damaged().at(base.clone()))? as u64;
        if unpacked.len() as u64 > room.min(files::LARGEST) {
            return Err(files::too_large());
        }
        out.add(&base, unpacked);
    }
    Ok(out)
}
