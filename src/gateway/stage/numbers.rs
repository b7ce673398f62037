//! All times and counts of playing. *Chosen* unless noted.

use std::time::Duration;

/// What was given to an Echo should be heard within this.
pub(crate) const BEGIN: Duration = Duration::from_secs(12);
/// So long a stop that nobody asked for counts as somebody speaking, after which it goes on.
pub(crate) const INTERRUPTION: Duration = Duration::from_secs(10);
/// So long after its end something may still be said to play.
pub(crate) const OVERTIME: Duration = Duration::from_secs(20);
/// So long after its end the next one is taken to play, if the Echo has begun to fetch it.
pub(crate) const LATE_EVENT: Duration = Duration::from_millis(700);
/// What is paused longer than this is over.
pub(crate) const PAUSE: Duration = Duration::from_secs(30 * 60);
/// Wait for the request of a launch before it is tried in another way, twice this in all: with two
/// commands on the way, whoever waits hears of a failure within six seconds.
pub(crate) const LAUNCH: Duration = Duration::from_millis(2_700);
/// A launch that is answered within this is taken for ours.
pub(crate) const LAUNCH_WINDOW: Duration = Duration::from_secs(10);
/// Wait for the host to name what comes next, while the Echo waits for our answer (it waits 8 s,
/// *documented*).
pub(crate) const NEXT: Duration = Duration::from_secs(5);
/// Wait for the host to do what was wished for by voice, before something is said.
pub(crate) const HOST: Duration = Duration::from_millis(6_500);
/// Wait for the host to say where the sound of an item is.
pub(crate) const SOURCE: Duration = Duration::from_secs(5);
/// After a start, an Echo that should play and was not heard of for so long is asked whether it does;
/// one that found the gateway gone has emptied its buffer by then, or goes on.
pub(crate) const SILENCE: Duration = Duration::from_secs(20);
/// Wait for the event that tells a stop, before it is sent again.
pub(crate) const STOP: Duration = Duration::from_secs(3);
/// Wait before something that failed is tried again.
pub(crate) const RETRY: Duration = Duration::from_secs(1);
/// Failures in a row after which it is given up.
pub(crate) const FAILURES: u32 = 3;
/// Between an event and its arrival, where nothing better is known.
pub(crate) const TRANSPORT: Duration = Duration::from_millis(150);
/// Ending so much before its length is no proper end.
pub(crate) const EARLY_END: Duration = Duration::from_secs(5);
/// So long an address of a stream is good beyond the length of its sound; what is paused for longer
/// gets another one.
pub(crate) const ADDRESS: Duration = Duration::from_secs(3_600);
/// The same of what has no end.
pub(crate) const LIVE_ADDRESS: Duration = Duration::from_secs(24 * 3_600);
