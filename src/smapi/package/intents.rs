//! The one table of what can be said to the skill.

/// An intent of the skill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intent {
    /// Its name in requests, for example `AMAZON.PauseIntent`.
    pub name: &'static str,
    /// Whether every language has phrases for it. Amazon has its own for intents of the name
    /// `AMAZON...`, and two of them are matched by no phrase at all (*documented*).
    pub has_phrases: bool,
}

/// Plays what was given to the Echo, or goes on with it. Amazon takes no skill without an intent of
/// its own (*documented*).
pub const PLAY: &str = "PlayIntent";

const fn with_phrases(name: &'static str) -> Intent {
    Intent { name, has_phrases: true }
}

const fn without_phrases(name: &'static str) -> Intent {
    Intent { name, has_phrases: false }
}

/// Every intent. An audio player has to know the first ones (*documented*): they arrive without the
/// name of the skill while its sound plays.
pub const INTENTS: [Intent; 16] = [
    with_phrases("AMAZON.PauseIntent"),
    with_phrases("AMAZON.ResumeIntent"),
    with_phrases("AMAZON.StopIntent"),
    with_phrases("AMAZON.CancelIntent"),
    with_phrases("AMAZON.NextIntent"),
    with_phrases("AMAZON.PreviousIntent"),
    with_phrases("AMAZON.StartOverIntent"),
    with_phrases("AMAZON.LoopOnIntent"),
    with_phrases("AMAZON.LoopOffIntent"),
    with_phrases("AMAZON.ShuffleOnIntent"),
    with_phrases("AMAZON.ShuffleOffIntent"),
    with_phrases("AMAZON.RepeatIntent"),
    with_phrases("AMAZON.HelpIntent"),
    without_phrases("AMAZON.FallbackIntent"),
    without_phrases("AMAZON.NavigateHomeIntent"),
    with_phrases(PLAY),
];
