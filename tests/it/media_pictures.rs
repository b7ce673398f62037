//! Pictures through the gateway: made small, kept, and refused where they are none.

use std::io::Cursor;
use std::time::Duration;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use mass_alexa::clock::Clock;
use mass_alexa::gateway::media::ArtSize;
use reqwest::{Response, StatusCode};
use url::Url;

use crate::media_stage::{ECHO, Stage, bytes_of};
use crate::upstream::Sound;

fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = RgbImage::from_pixel(width, height, Rgb([9, 99, 199]));
    DynamicImage::from(picture).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn file(body: Vec<u8>) -> Sound {
    Sound { body: Some(body), content_type: "image/png", ..Sound::default() }
}

impl Stage {
    fn art(&self, image: &Url, size: ArtSize) -> String {
        let expires = self.clock.now() + Duration::from_secs(60);
        self.local(&self.media.art_url_sized(ECHO, image, size, expires))
    }

    async fn shown(&self, image: &Url, size: ArtSize) -> (u32, u32) {
        let answer = self.get(&self.art(image, size)).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["content-type"], "image/jpeg");
        let bytes = bytes_of(answer).await;
        assert_eq!(image::guess_format(&bytes).unwrap(), ImageFormat::Jpeg);
        let picture = image::load_from_memory(&bytes).unwrap();
        (picture.width(), picture.height())
    }
}

#[tokio::test]
async fn a_picture_comes_in_the_size_of_the_screen_and_is_made_once() {
    let stage = Stage::start().await;
    let image = stage.upstream.add("cover", file(picture(1_200, 600, ImageFormat::Png)));
    assert_eq!(stage.shown(&image, ArtSize::Large).await, (1_024, 512));
    assert_eq!(stage.shown(&image, ArtSize::Small).await, (480, 240));
    assert_eq!(stage.shown(&image, ArtSize::Large).await, (1_024, 512));
    assert_eq!(stage.upstream.begun("cover"), 2, "once for each size");
    let head = stage.head(&stage.art(&image, ArtSize::Large)).await;
    assert_eq!(head.headers()["content-type"], "image/jpeg");
    assert_eq!(stage.media.traffic(ECHO).pictures, 4);
    assert_eq!(stage.media.traffic(ECHO).requests, 0);
    // Everybody at once asks for one that nobody has asked for.
    let image = stage.upstream.add("other", file(picture(300, 300, ImageFormat::Jpeg)));
    let address = stage.art(&image, ArtSize::Small);
    let answers = futures_util::future::join_all((0..5).map(|_| stage.get(&address))).await;
    assert!(answers.iter().all(|answer| answer.status() == StatusCode::OK));
    assert_eq!(stage.upstream.begun("other"), 1);
}

#[tokio::test]
async fn s_x4_pictures_are_shown_under_signed_addresses_only() {
    let stage = Stage::start().await;
    let image = stage.upstream.add("cover", file(picture(10, 10, ImageFormat::Png)));
    let address = stage.art(&image, ArtSize::Small);
    assert!(!address.contains("cover") && !address.contains("session-secret"));
    let is_refused = |answer: Response| answer.status() == StatusCode::FORBIDDEN;
    assert!(is_refused(stage.get(&address.replace(".jpg", "A.jpg")).await));
    assert!(is_refused(stage.get(&stage.at("/alexa/i/http:%2f%2f127.0.0.1%2fcover.jpg")).await));
    assert!(is_refused(stage.get(&address.replace("/i/", "/s/").replace(".jpg", ".mp3")).await));
    stage.clock.advance(Duration::from_secs(60));
    assert!(is_refused(stage.get(&address).await));
    assert_eq!(stage.upstream.asked().len(), 0);
    // Signed by this gateway before a restart, but not known any more.
    let before = Stage::start().await;
    let address = before.art(&image, ArtSize::Small).split_once("/alexa").unwrap().1.to_owned();
    assert_eq!(stage.media.strangers(), 3);
    let fresh = Stage::start().await;
    let answer = fresh.get(&fresh.at(&format!("/alexa{address}"))).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_cannot_be_shown_is_refused_and_costs_little() {
    let stage = Stage::start().await;
    let elsewhere = Url::parse("http://127.0.0.1:1/private").unwrap();
    for (name, sound, status) in [
        ("page", file(b"<html>not found</html>".to_vec()), 502),
        ("huge", file(vec![0; 13 * 1024 * 1024]), 502),
        ("told", Sound { tells_length: true, ..file(vec![0; 13 * 1024 * 1024]) }, 502),
        ("bomb", file(bomb()), 502),
        ("none", Sound { status: Some(404), ..Sound::default() }, 404),
        ("moved", Sound { moved: Some(elsewhere), ..Sound::default() }, 502),
    ] {
        let image = stage.upstream.add(name, sound);
        let answer = stage.get(&stage.art(&image, ArtSize::Small)).await;
        assert_eq!(answer.status(), status, "{name}");
        assert_eq!(bytes_of(answer).await, b"");
    }
    // It may be well again later.
    let image = stage.upstream.add("page", file(picture(10, 10, ImageFormat::WebP)));
    assert_eq!(stage.shown(&image, ArtSize::Small).await, (10, 10));
}

/// A small file that says that it is 30,000 pixels wide and high.
fn bomb() -> Vec<u8> {
    let mut bytes = b"RIFF\x24\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0".to_vec();
    bytes.extend_from_slice(&29_999_u32.to_le_bytes()[..3]);
    bytes.extend_from_slice(&29_999_u32.to_le_bytes()[..3]);
    bytes.extend_from_slice(b"VP8L\x06\0\0\0\x2f\0\0\0\0\0");
    bytes
}
