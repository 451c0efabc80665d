//! Bytes to text: named, marked or detected encodings.

use crate::{FileFault, Note};
use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

/// The encoding of a name people or files use: `gbk`, `GB2312`, `936`, `cp936`, `UTF-8`, `65001`, `utf-16`, …
pub(crate) fn named(name: &str) -> Option<&'static Encoding> {
    let plain = name.trim().to_ascii_lowercase().replace([' ', '_'], "-");
    let number = plain.trim_start_matches("cp").trim_start_matches("ansi").trim_start_matches(['-', ':']);
    let found = match (plain.as_str(), number) {
        ("utf-16" | "utf16" | "utf16le" | "utf-16le", _) => UTF_16LE,
        ("utf16be" | "utf-16be", _) => UTF_16BE,
        ("utf8", _) | (_, "65001") => UTF_8,
        (_, "936" | "54936") => GB18030,
        (_, "950") => encoding_rs::BIG5,
        (_, "932") => encoding_rs::SHIFT_JIS,
        (_, "949") => encoding_rs::EUC_KR,
        (_, "1252") => encoding_rs::WINDOWS_1252,
        _ => Encoding::for_label(plain.as_bytes())?,
    };
    // What is called GBK or GB2312 is read as GB18030, which contains both.
    Some(if found == encoding_rs::GBK { GB18030 } else { found })
}

pub(crate) fn unknown(name: &str) -> FileFault {
    FileFault::new(
        "gis.unknown_encoding",
        format!("不认识编码“{name}”,可用 utf-8、gb18030、gbk、big5、utf-16le、utf-16be。"),
        format!("The encoding “{name}” is not known; use utf-8, gb18030, gbk, big5, utf-16le or utf-16be."),
    )
}

/// The text of a file. A byte order mark counts most, then the name given, then what is detected, which is
/// noted unless it is UTF-8. Bytes that are none of the encoding are refused with their place.
pub(crate) fn decode(bytes: &[u8], name: Option<&str>) -> Result<(String, Option<Note>), FileFault> {
    let wanted = name.map(|n| named(n).ok_or_else(|| unknown(n))).transpose()?;
    if let Some((marked, length)) = Encoding::for_bom(bytes) {
        return Ok((strict(&bytes[length..], marked)?, None));
    }
    if let Some(wanted) = wanted {
        return Ok((strict(bytes, wanted)?, None));
    }
    let found = detect(bytes);
    let note = (found != UTF_8).then(|| {
        let called = found.name();
        Note::new(
            "gis.encoding_detected",
            format!("文件未注明编码,按 {called} 读取;如有乱码请指定编码。"),
            format!(
                "The file does not name its encoding; read as {called}. Name it if the text looks wrong."
            ),
        )
    });
    Ok((strict(bytes, found)?, note))
}

/// What unmarked bytes are. ASCII and UTF-8 are certain; zeros give UTF-16 away; of the rest GB18030 is the
/// most likely here, unless the statistics of the text say otherwise.
pub(crate) fn detect(bytes: &[u8]) -> &'static Encoding {
    let sample = &bytes[..bytes.len().min(1 << 20)];
    let zeros = |odd: usize| sample.iter().skip(odd).step_by(2).filter(|b| **b == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    if even.max(odd) * 20 > sample.len() {
        return if odd >= even { UTF_16LE } else { UTF_16BE };
    }
    if std::str::from_utf8(bytes).is_ok() {
        return UTF_8;
    }
    let clean =
        |e: &'static Encoding| e.decode_without_bom_handling_and_without_replacement(sample).is_some();
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(sample, true);
    let guess = detector.guess(None, chardetng::Utf8Detection::Deny);
    // Statistics of a few characters say nothing.
    let enough = sample.iter().filter(|b| **b >= 0x80).count() >= 32;
    let likely = enough && [encoding_rs::BIG5, encoding_rs::SHIFT_JIS, encoding_rs::EUC_KR].contains(&guess);
    // A sample may end within a character: that alone does not speak against GB18030.
    let cut = &sample[..sample.len().saturating_sub(4)];
    if likely && clean(guess) {
        guess
    } else if clean(GB18030) || GB18030.decode_without_bom_handling_and_without_replacement(cut).is_some() {
        GB18030
    } else if std::str::from_utf8(cut).is_ok() {
        UTF_8
    } else {
        GB18030
    }
}

/// Decodes all or tells where it fails.
fn strict(bytes: &[u8], encoding: &'static Encoding) -> Result<String, FileFault> {
    if encoding == UTF_8 {
        return match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(e) => Err(undecodable(bytes, e.valid_up_to(), encoding)),
        };
    }
    match encoding.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => Ok(text.into_owned()),
        None => Err(undecodable(bytes, good(bytes, encoding), encoding)),
    }
}

/// How many bytes from the start can be decoded.
fn good(bytes: &[u8], encoding: &'static Encoding) -> usize {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut out = String::with_capacity(decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(0));
    let (_, read) = decoder.decode_to_string_without_replacement(bytes, &mut out, true);
    read
}

fn undecodable(bytes: &[u8], good: usize, encoding: &'static Encoding) -> FileFault {
    let lines = bytes[..good.min(bytes.len())].iter().filter(|b| **b == b'\n').count();
    let called = encoding.name();
    FileFault::new(
        "gis.undecodable",
        format!("内容不是 {called} 编码的文字,请指定正确的编码,或检查文件是否损坏。"),
        format!("This is no {called} text: name the right encoding, or see whether the file is damaged."),
    )
    .at(format!("line {}, byte {}", lines + 1, good + 1))
}
