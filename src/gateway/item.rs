//! What is to be played, as the host of the gateway describes it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

/// One item of a queue, or one announcement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The host's own name of it, given back in every report.
    pub id: String,
    /// Where its sound is inside the house; an Echo never learns this address.
    pub url: Url,
    /// Title, as shown on screens.
    pub title: String,
    /// Who performs it.
    pub artist: Option<String>,
    /// Of which album it is.
    pub album: Option<String>,
    /// Where its picture is inside the house or elsewhere; an Echo never learns this address.
    pub image: Option<Url>,
    /// How long the sound at `url` is, where that is known and it has an end.
    pub duration: Option<Duration>,
}
