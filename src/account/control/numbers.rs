//! All times and counts of commands in one place. *Chosen* unless noted.

use std::time::Duration;

/// When it is looked whether a button had its effect: seconds after it was sent. A pause shows after
/// 1.6 s (*observed*), often earlier. With events only the last one counts.
pub(super) const TRANSPORT_LOOKS: &[f64] = &[0.3, 1.8, 3.0];
/// The same for what shows at once or never.
pub(super) const ORDER_LOOKS: &[f64] = &[0.3, 2.0];
/// How often what may be repeated is sent at all (*observed*: 3 in two clients).
pub(super) const TRIES: u32 = 3;
/// A way that worked is taken first for so long; then the better ones are tried again.
pub(super) const RUNG_AGE: u64 = 24 * 3_600;
/// The list of sessions is not read again for a command when it is younger.
pub(super) const RECENT: Duration = Duration::from_secs(3);
/// A position is as wanted when it is off by no more than this, in seconds.
pub(super) const POSITION_TOLERANCE: f64 = 4.0;

/// A volume is as wanted when it is off by no more than this: some devices have fewer steps than a
/// hundred (*observed*: 65 becomes 67).
pub(super) const VOLUME_TOLERANCE: u8 = 2;
/// Between two requests that set volumes.
pub(super) const BATCHES_APART: f64 = 1.0;
/// Between two corrections of single devices.
pub(super) const CORRECTIONS_APART: f64 = 0.7;
/// When it is looked whether a volume was set, in seconds after it was sent: an event tells it after
/// 0.16 s, the list shows the former value for several seconds more (*observed*).
pub(super) const VOLUME_LOOKS: &[&[f64]] = &[&[0.3, 2.0], &[2.0], &[2.0, 5.0]];
/// A volume that Amazon does not take for so long is given up.
pub(super) const VOLUME_PATIENCE: f64 = 20.0;
/// Whether a device has a true mute is tried again after so long.
pub(super) const MUTE_AGE: u64 = 24 * 3_600;
/// Volume after unmuting when the one before is not known: audible, not loud.
pub(super) const MODEST_VOLUME: u8 = 20;

/// A device is looked up anew before it is called offline or unknown, unless the list is younger.
pub(super) const FRESH_LIST: Duration = Duration::from_secs(30);
/// A preference of a device is asked for again after so long.
pub(super) const PREFERENCE_AGE: u64 = 24 * 3_600;
/// The same after it could not be asked for, which may pass.
pub(super) const PREFERENCE_UNKNOWN_AGE: u64 = 600;
/// For this long an announcement waits for the preferences of its devices.
pub(super) const PREFERENCE_PATIENCE: Duration = Duration::from_millis(1_500);
/// Until a volume that comes with a speech is set, on top of the length of the speech.
pub(super) const SPEECH_DELAY: Duration = Duration::from_secs(2);
