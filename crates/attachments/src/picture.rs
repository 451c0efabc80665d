//! Decoding and encoding anew.

use crate::{NOT_AN_IMAGE, TOO_LARGE};
use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, codecs::jpeg::JpegEncoder,
    imageops::FilterType,
};
use kernel::Refusal;
use std::{
    io::Cursor,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// The longest side kept, and of a thumbnail, pixels.
const LONGEST: u32 = 2560;
const THUMBNAIL: u32 = 320;
/// Pixels at the most, before decoding.
const PIXELS: u64 = 40_000_000;

/// A picture as it is kept.
pub(crate) struct Kept {
    pub jpeg: Vec<u8>,
    pub width: u32,
    pub height: u32,
}

fn encode(image: &DynamicImage, quality: u8) -> Result<Kept, Refusal> {
    let rgb = image.to_rgb8();
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, quality)
        .encode_image(&rgb)
        .map_err(|e| store::rules::INTERNAL.refuse().because(e))?;
    Ok(Kept { jpeg, width: rgb.width(), height: rgb.height() })
}

/// What shines through is white, as on paper.
fn on_white(image: DynamicImage) -> DynamicImage {
    if !image.color().has_alpha() {
        return image;
    }
    let mut rgba = image.into_rgba8();
    for pixel in rgba.pixels_mut() {
        let [r, g, b, a] = pixel.0.map(u32::from);
        let over = |c: u32| ((c * a + 255 * (255 - a) + 127) / 255) as u8;
        pixel.0 = [over(r), over(g), over(b), 255];
    }
    DynamicImage::ImageRgba8(rgba)
}

/// A decoder that panics has met no picture: whoever sent it is told so, and nobody else suffers.
fn guarded<T>(decode: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Refusal> {
    catch_unwind(AssertUnwindSafe(decode))
        .unwrap_or_else(|_| Err(NOT_AN_IMAGE.refuse().because("the decoder panicked")))
}

/// Reads a picture by what its bytes are, turns it upright, makes it small enough, and encodes it anew:
/// whatever else the file held is gone.
pub(crate) fn renew(bytes: &[u8]) -> Result<Kept, Refusal> {
    guarded(|| decode(bytes))
}

fn decode(bytes: &[u8]) -> Result<Kept, Refusal> {
    let bad = |e: &dyn std::fmt::Display| NOT_AN_IMAGE.refuse().because(e);
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|e| bad(&e))?;
    if !matches!(reader.format(), Some(ImageFormat::Jpeg | ImageFormat::Png)) {
        return Err(NOT_AN_IMAGE.refuse());
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(PIXELS * 8);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|e| bad(&e))?;
    let (w, h) = decoder.dimensions();
    if w == 0 || h == 0 {
        return Err(NOT_AN_IMAGE.refuse());
    }
    if u64::from(w) * u64::from(h) > PIXELS {
        return Err(TOO_LARGE.refuse());
    }
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(|e| bad(&e))?;
    image.apply_orientation(orientation);
    image = on_white(image);
    if image.width().max(image.height()) > LONGEST {
        image = image.resize(LONGEST, LONGEST, FilterType::Triangle);
    }
    encode(&image, 85)
}

/// A small copy of a kept picture.
pub(crate) fn thumbnail(jpeg: &[u8]) -> Result<Vec<u8>, Refusal> {
    guarded(|| {
        let image = image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg);
        let image = image.map_err(|e| NOT_AN_IMAGE.refuse().because(e))?;
        encode(&image.thumbnail(THUMBNAIL, THUMBNAIL), 80).map(|k| k.jpeg)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage};

    fn jpeg(w: u32, h: u32) -> Vec<u8> {
        let mut image = RgbImage::new(w, h);
        for (x, _, p) in image.enumerate_pixels_mut() {
            *p = if x < w / 2 { Rgb([250, 10, 10]) } else { Rgb([10, 10, 250]) };
        }
        encode(&DynamicImage::ImageRgb8(image), 95).unwrap().jpeg
    }

    /// A JPEG with an EXIF segment: orientation 6 (turn right) and a GPS position.
    fn with_exif(plain: &[u8]) -> Vec<u8> {
        let mut tiff: Vec<u8> = b"MM\0\x2a\0\0\0\x08".to_vec();
        tiff.extend([0, 2]);
        tiff.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]);
        tiff.extend([0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 38]);
        tiff.extend([0, 0, 0, 0]);
        tiff.extend([0, 1, 0, 1, 0, 2, 0, 0, 0, 2, b'N', 0, 0, 0, 0, 0, 0, 0]);
        let mut segment = b"Exif\0\0".to_vec();
        segment.extend(tiff);
        segment.extend(b"GPSPOSITION-31.234");
        let n = (segment.len() + 2) as u16;
        let mut out = plain[..2].to_vec();
        out.extend([0xff, 0xe1]);
        out.extend(n.to_be_bytes());
        out.extend(segment);
        out.extend(&plain[2..]);
        out
    }

    #[test]
    fn pictures_come_upright_and_without_their_position() {
        let dirty = with_exif(&jpeg(64, 32));
        let kept = renew(&dirty).unwrap();
        assert_eq!((kept.width, kept.height), (32, 64), "turned upright");
        let find = |needle: &[u8]| kept.jpeg.windows(needle.len()).any(|w| w == needle);
        assert!(!find(b"Exif") && !find(b"GPSPOSITION"));
        // Turned right, what was left is on top.
        let image = image::load_from_memory(&kept.jpeg).unwrap().to_rgb8();
        assert!(image.get_pixel(16, 4)[0] > 200 && image.get_pixel(16, 60)[2] > 200);
    }

    #[test]
    fn large_pictures_shrink_and_thumbnails_are_small() {
        let kept = renew(&jpeg(3000, 1000)).unwrap();
        assert_eq!(kept.width, 2560);
        let small = image::load_from_memory(&thumbnail(&kept.jpeg).unwrap()).unwrap();
        assert!(small.width() <= 320 && small.height() <= 320);
    }

    #[test]
    fn what_shines_through_is_white() {
        for (alpha, least, most) in [(0, 250, 255), (255, 0, 15), (128, 110, 150)] {
            let mut png = Cursor::new(Vec::new());
            let image = image::RgbaImage::from_pixel(32, 32, image::Rgba([5, 5, 5, alpha]));
            image.write_to(&mut png, ImageFormat::Png).unwrap();
            let kept = renew(&png.into_inner()).unwrap();
            let pixel = *image::load_from_memory(&kept.jpeg).unwrap().to_rgb8().get_pixel(16, 16);
            assert!(pixel.0.iter().all(|c| (least..=most).contains(c)), "{alpha}: {pixel:?}");
        }
    }

    #[test]
    fn a_decoder_that_panics_is_a_refusal() {
        let refused = guarded::<()>(|| panic!("a fault of the decoder")).err().unwrap();
        assert_eq!(refused.code(), "attachment.not_an_image");
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let mut cut = jpeg(64, 64);
        cut.truncate(40);
        for bad in [&b""[..], b"hello", b"GIF89a\x01\x00\x01\x00\x00\x00\x00", b"\x89PNG\r\n\x1a\n", &cut] {
            assert_eq!(renew(bad).err().unwrap().code(), "attachment.not_an_image");
        }
        // A PNG header that claims 60,000 × 60,000 pixels.
        let mut bomb = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        bomb.extend(60_000u32.to_be_bytes());
        bomb.extend(60_000u32.to_be_bytes());
        bomb.extend([8, 2, 0, 0, 0]);
        bomb.extend([0; 4]);
        assert!(renew(&bomb).is_err());
    }
}
