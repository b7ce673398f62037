//! Making a picture small.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageReader, Limits, Rgb, RgbImage};

/// Longest side of a picture that is opened (*chosen*: covers have up to 3,000).
const LONGEST_SIDE: u32 = 6_000;
/// Memory that opening one may take (*chosen*: a square of 5,000 with all channels).
const MEMORY: u64 = 100 * 1024 * 1024;
/// *Chosen*: covers are looked at from across the room.
const QUALITY: u8 = 85;

/// This is no picture, or one that is too large to be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoPicture;

/// The picture as JPEG, no longer than `side` on each side. It keeps its shape and never grows; what
/// shines through is white.
///
/// # Errors
/// [`NoPicture`].
pub(super) fn resized(bytes: &[u8], side: u32) -> Result<Vec<u8>, NoPicture> {
    let picture = opened(bytes)?;
    let picture = if picture.width() > side || picture.height() > side {
        picture.resize(side, side, FilterType::Triangle)
    } else {
        picture
    };
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
        .encode_image(&on_white(picture))
        .map_err(|_| NoPicture)?;
    Ok(jpeg)
}

fn opened(bytes: &[u8]) -> Result<DynamicImage, NoPicture> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MEMORY);
    let reader = || {
        let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
        reader.map_err(|_| NoPicture)
    };
    // Not every decoder keeps to a limit of memory, so the size is looked at first.
    let (width, height) = reader()?.into_dimensions().map_err(|_| NoPicture)?;
    let is_long = width > LONGEST_SIDE || height > LONGEST_SIDE;
    if is_long || u64::from(width) * u64::from(height) * 4 > MEMORY || width == 0 || height == 0 {
        return Err(NoPicture);
    }
    let mut reader = reader()?;
    reader.limits(limits);
    reader.decode().map_err(|_| NoPicture)
}

fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    let mut flat = RgbImage::new(picture.width(), picture.height());
    for (to, from) in flat.pixels_mut().zip(picture.pixels()) {
        let [colours @ .., alpha] = from.0;
        let over = |colour: u8| {
            let sum = u32::from(colour) * u32::from(alpha) + 255 * (255 - u32::from(alpha));
            u8::try_from(sum / 255).unwrap_or(u8::MAX)
        };
        *to = Rgb(colours.map(over));
    }
    flat
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, Rgba, RgbaImage};

    use super::*;

    fn file(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn plain(width: u32, height: u32) -> DynamicImage {
        RgbImage::from_pixel(width, height, Rgb([200, 30, 40])).into()
    }

    #[test]
    fn pictures_get_smaller_and_keep_their_shape() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            for (size, expected) in [((600, 400), (480, 320)), ((60, 40), (60, 40))] {
                let bytes = file(&plain(size.0, size.1), format);
                let jpeg = resized(&bytes, 480).unwrap();
                assert_eq!(image::guess_format(&jpeg).unwrap(), ImageFormat::Jpeg);
                let picture = image::load_from_memory(&jpeg).unwrap();
                assert_eq!((picture.width(), picture.height()), expected, "{format:?}");
            }
        }
    }

    #[test]
    fn what_shines_through_is_white() {
        let glass = RgbaImage::from_pixel(20, 20, Rgba([0, 0, 0, 0]));
        let jpeg = resized(&file(&glass.into(), ImageFormat::Png), 480).unwrap();
        let pixel = *image::load_from_memory(&jpeg).unwrap().into_rgb8().get_pixel(9, 9);
        assert!(pixel.0.iter().all(|colour| *colour > 250), "{pixel:?}");
    }

    /// A PNG that says that it is huge, and holds next to nothing.
    fn bomb(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = file(&plain(1, 1), ImageFormat::Png);
        bytes[16..20].copy_from_slice(&width.to_be_bytes());
        bytes[20..24].copy_from_slice(&height.to_be_bytes());
        let checksum = crc(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
        bytes
    }

    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 }
            })
        })
    }

    #[test]
    fn what_is_none_or_too_large_is_refused() {
        assert!(resized(&bomb(1, 1), 480).is_ok(), "the checksum is right");
        let whole = file(&plain(50, 50), ImageFormat::Jpeg);
        for bytes in
            [&bomb(50_000, 50_000), &bomb(5_999, 5_999), &bomb(6_001, 1), &whole[..40].to_vec()]
        {
            assert_eq!(resized(bytes, 480), Err(NoPicture));
        }
        for bytes in [
            &b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..],
            b"",
            b"GIF89a",
            b"\x89PNG\r\n\x1a\n",
        ] {
            assert_eq!(resized(bytes, 480), Err(NoPicture));
        }
    }
}
