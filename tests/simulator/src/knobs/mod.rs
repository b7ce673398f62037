//! Settings of the simulated account and service that a test may change while it runs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::skill::certificates::SigningChain;
use crate::skill::trust::SkillTls;

mod kinds;
mod service;

pub use kinds::{
    ApprovalRefusal, Encoding, MarketplaceShape, NextPage, ProblemBox, PushRegion, Throttle,
};
pub use service::{MemberState, PushBoundary, PushFraming, RateLimit, SessionsShape, SessionsUnit};

macro_rules! knobs {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $default:expr,)*) => {
        /// All settings with their present values.
        #[derive(Debug, Clone, Serialize)]
        pub struct Knobs {
            $($(#[$doc])* pub $name: $type,)*
        }

        impl Default for Knobs {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        /// A change of some settings; those that are missing stay.
        #[derive(Debug, Clone, Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct KnobsPatch {
            $($(#[$doc])* #[serde(deserialize_with = "given")] pub $name: Option<$type>,)*
        }

        impl Knobs {
            /// Applies a change.
            pub fn apply(&mut self, patch: KnobsPatch) {
                $(if let Some(value) = patch.$name { self.$name = value; })*
            }
        }
    };
}

/// Tells `null` (a value for settings that may be empty) from a missing field.
fn given<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

knobs! {
    /// Where the account lives; other sites answer but hold no devices of it.
    home_site: String = "amazon.de".to_owned(),
    /// Whether the account has two-step verification.
    otp_required: bool = true,
    /// Whether one code signs in only once.
    otp_single_use: bool = true,
    /// The second factor is a text message: the device choice has no authenticator, and the code
    /// is `418273`.
    sms_only: bool = false,
    /// E-mail and password on one page.
    combined_page: bool = false,
    /// The next sign-in POST is answered with this page, once.
    next_page: Option<NextPage> = None,
    /// Pages shown after a right e-mail, each once, in this order; shown ones leave the list.
    pages_after_email: Vec<NextPage> = Vec::new(),
    /// Pages shown after a right password, each once, in this order; shown ones leave the list.
    pages_after_password: Vec<NextPage> = Vec::new(),
    /// The first page of a sign-in is the form for a new account.
    create_account_first: bool = false,
    /// After the e-mail only a passkey will do; a POST with a `webauthn_assertion` passes.
    passkey_only: bool = false,
    /// Every password POST is answered with this sentence in a box.
    password_problem: Option<String> = None,
    /// The box for `password_problem`.
    password_problem_box: ProblemBox = ProblemBox::Error,
    /// Whether an approval page reports that the person has approved.
    approved: bool = false,
    /// So many polls are told "pending", the next one "completed".
    approval_after_polls: Option<u32> = None,
    /// The person refuses, or lets the time pass, instead of approving.
    approval_refused: Option<ApprovalRefusal> = None,
    /// The approval page also takes the mailed code, at `verifyOtp`.
    approval_by_code: bool = false,
    /// A sign-in with another `openid.assoc_handle` gets Amazon's error page with 404.
    wanted_handle: Option<String> = None,
    /// The script captcha bars every sign-in whose address has another `language`.
    waf_unless_language: Option<String> = None,
    /// That captcha comes after the e-mail instead of as the first page.
    waf_after_email: bool = false,
    /// The landing page is reached without an authorization code.
    landing_without_code: bool = false,
    /// How web pages travel.
    encoding: Encoding = Encoding::Chunked,
    /// Sign-in pages and the web API set cookies in every odd way seen in the field.
    odd_cookies: bool = false,
    /// Refuse a sign-in whose user agent or language changes on the way (one field report).
    same_identity: bool = true,
    /// Lifetime of access tokens in seconds.
    access_token_seconds: u64 = 3600,
    /// Lifetime of website cookies in seconds (14 days in one client's documentation).
    cookie_seconds: u64 = 14 * 86_400,
    /// Lifetime of an authorization code in seconds.
    code_seconds: u64 = 300,
    /// State-changing web API calls need the `csrf` header.
    csrf_required: bool = true,
    /// Throttle all web API calls.
    throttle: Throttle = Throttle::Off,
    /// Sequences are accepted with 200 and never carried out (an outage of August 2025).
    ignore_sequences: bool = false,
    /// `customer_info.home_region` of registrations; empty follows the home site.
    home_region: String = String::new(),
    /// `countryOfResidence` of `users/me`; empty follows the home site.
    country: String = String::new(),
    /// How `users/me` names the site.
    marketplace_shape: MarketplaceShape = MarketplaceShape::String,
    /// `users/me` answers 401 without a body (field report of June 2026).
    users_me_refused: bool = false,
    /// Fields left out of the answers of `users/me`, `welcome`, `endpoints` and `customer-status`.
    missing_fields: Vec<String> = Vec::new(),
    /// Hosts that do not exist: connections end without an answer (no DNS entry in the field).
    missing_hosts: Vec<String> = vec!["alexa.amazon.pl".to_owned()],
    /// Every registration is refused with 400 `InvalidToken`.
    register_refused: bool = false,
    /// The region whose push hosts serve the account; without one, all do.
    push_region: Option<PushRegion> = None,
    /// Answer cookie exchanges under another domain than asked.
    exchange_wrong_domain: bool = false,
    /// `progress` of the old player endpoint in milliseconds, as two reports of 2026 have it.
    player_milliseconds: bool = false,
    /// The push stream opens only for devices whose capabilities were declared; others get 403.
    push_needs_capabilities: bool = true,
    /// Push streams stay open, but nothing at all is written; what happens meanwhile is lost.
    push_silent: bool = false,
    /// Delimiters still come, events do not; what happens meanwhile is lost.
    push_events_lost: bool = false,
    /// Status that refuses every new push stream.
    push_refuse: Option<u16> = None,
    /// Status of the ping; without one 204.
    ping_status: Option<u16> = None,
    /// How events are cut.
    push_framing: PushFraming = PushFraming::Usual,
    /// Bytes of one piece with the framing `split`.
    push_piece: usize = 7,
    /// The boundary value of streams that open from now on.
    push_boundary: String = "------simulator0123".to_owned(),
    /// How the boundary is named and used.
    push_boundary_style: PushBoundary = PushBoundary::Usual,
    /// Text before the first delimiter.
    push_preamble: String = String::new(),
    /// A new stream begins with what was told last of every device, old time stamps included
    /// (field report).
    push_replay: bool = false,
    /// Every event comes twice.
    push_duplicates: bool = false,
    /// Every two events come in the wrong order.
    push_reorder: bool = false,
    /// Unknown, foreign and half-empty directives between the events, and several updates in one.
    push_noise: bool = false,
    /// A track that ends gives way to the next one, by the simulated clock.
    auto_advance: bool = false,
    /// The unit of `progress` in the list of media sessions.
    sessions_unit: SessionsUnit = SessionsUnit::Milliseconds,
    /// The list of media sessions while nothing is loaded anywhere.
    sessions_shape: SessionsShape = SessionsShape::Empty,
    /// What is told of the members of a group that plays.
    member_state: MemberState = MemberState::Listed,
    /// Now-playing data without length, position, art and texts, as around a change of track.
    null_media: bool = false,
    /// The list of volumes shows the former value so long after a change, in simulated seconds.
    volume_lag_s: u64 = 0,
    /// The list of volumes has nulls for devices that play nothing.
    null_volumes: bool = false,
    /// The list of volumes has the first device only (field report).
    volumes_partial: bool = false,
    /// The list of volumes has 0 for speaker groups (field report).
    group_volume_zero: bool = false,
    /// Serials of devices whose volume has 30 steps (field report: 18 becomes 17, 65 becomes 67).
    quantise: Vec<String> = Vec::new(),
    /// Player commands find an expired queue: 400 `QUEUE_EXPIRED`.
    queue_expired: bool = false,
    /// So many next commands or nodes for a serial are accepted and not carried out.
    drop_commands: BTreeMap<String, u32> = BTreeMap::new(),
    /// So many last nodes of every sequence of several nodes are not carried out.
    drop_nodes_in_batch: usize = 0,
    /// The first of two seeks is ignored (one client sends each twice).
    seek_needs_two: bool = false,
    /// Whether the direct volume endpoint knows `muted`; without it 404.
    mute_flag: bool = true,
    /// Whether there is the direct volume endpoint; without it 404.
    volume_endpoint: bool = true,
    /// Commands and nodes take effect so many simulated milliseconds later (field reports: volume
    /// 160, pause 1600, spoken commands 2000).
    command_delay_ms: u64 = 0,
    /// Player commands for a serial are undone after so many simulated seconds (field reports of
    /// pauses and skips that did not last).
    undo_commands: BTreeMap<String, u64> = BTreeMap::new(),
    /// A sequence takes its time: what follows speech or a wait happens when the simulated clock
    /// gets there. Without it everything happens at once, and only `heard` has the times.
    sequence_clock: bool = false,
    /// A limit on the web API, in simulated time.
    rate_limit: Option<RateLimit> = None,
    /// So many seconds of sound an Echo fetches ahead.
    skill_buffer_s: u64 = 20,
    /// The TLS of Echos and of the cloud towards skills.
    skill_tls: SkillTls = SkillTls::Only12,
    /// Locales of devices that differ from that of the home site, by serial.
    skill_locales: BTreeMap<String, String> = BTreeMap::new(),
    /// Launches by a sequence are accepted, and nothing happens.
    skill_launch_ignored: bool = false,
    /// Launches and sentences that are no playback words are answered with this sentence.
    skill_refusal: Option<String> = None,
    /// So long a voice that does not concern the skill keeps its sound silent.
    skill_interruption_s: u64 = 4,
    /// With it, the connection for audio ends.
    skill_interruption_drops: bool = false,
    /// Events of the player come so many seconds late.
    skill_events_late_s: u64 = 0,
    /// Every event of the player comes twice, with ids of their own.
    skill_events_doubled: bool = false,
    /// Every two events of the player come in the wrong order.
    skill_events_swapped: bool = false,
    /// Connections for audio break after so many simulated seconds.
    skill_drop_every_s: Option<u64> = None,
    /// The beginning of every stream is fetched once more.
    skill_fetch_twice: bool = false,
    /// What is fetched ahead for later cannot be played.
    skill_preload_fails: bool = false,
    /// Items whose title, token or address has one of these texts cannot be played.
    skill_media_errors: Vec<String> = Vec::new(),
    /// The certificate chain that signed requests name.
    skill_chain: SigningChain = SigningChain::Good,
    /// Every request comes twice, byte by byte.
    skill_replay: bool = false,
    /// `request.timestamp` is so many seconds off.
    skill_timestamp_off_s: i64 = 0,
    /// Requests have unknown fields, numbers as text, and nulls.
    skill_odd_envelopes: bool = false,
}
