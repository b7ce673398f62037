//! Walks the whole way from an Echo to the gateway and names the link that is broken, with what a
//! person can do about it.
//!
//! What the world sees is looked at through the public address. Routers that do not lead it back in
//! are told from real faults by what arrived from Amazon.

mod alone;
mod chain;
mod console;
mod dns;
mod echo;
mod handshake;
mod reach;
mod shown;
mod silence;
mod skill;
mod step;
mod subject;
pub(in crate::gateway) mod trial;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

pub use self::alone::{Alone, check_alone};
pub(in crate::gateway) use self::alone::{developer, echo_of};
pub use self::dns::SystemResolver;
use self::handshake::{BOTH, Handshake, ONLY_12, ONLY_13};
use self::reach::Reach;
use self::skill::{Evidence, Knowledge};
pub use self::step::{Step, StepName, Verdict};
pub use self::subject::{
    Console, Launch, LocaleFacts, Probe, Resolver, SkillFacts, Sound, Subject,
};
use super::settings::public_address;
use crate::net::tls;

/// The one port at which Amazon calls skills (*documented*).
const PORT: u16 = 443;
/// How long a request of Amazon proves that the way in is open (*chosen*).
const HEARD: Duration = Duration::from_secs(600);

/// Checks everything. Each step is told once, in order, as soon as it is certain, and all are given
/// back. It takes up to a minute when nothing answers.
pub async fn check(subject: &Subject<'_>, on_step: impl Fn(&Step) + Send) -> Vec<Step> {
    let mut report = Report { steps: Vec::new(), on_step };
    let address = address(subject);
    let has_address = address.verdict != Verdict::Failed;
    report.tell(address);
    let was_heard = was_heard(subject);
    let outside = if has_address { Outside::look(subject).await } else { Outside::default() };
    let before = outside.steps(subject, was_heard);
    let is_odd = before.iter().any(|step| step.verdict == Verdict::Failed);
    // What does not look right from inside may still be right: the launch tells.
    if !is_odd {
        before.iter().cloned().for_each(|step| report.tell(step));
    }
    let knowledge = knowledge(subject).await;
    let evidence = |launch| Evidence {
        settings: subject.settings,
        has_address,
        has_probe: subject.probe.is_some(),
        echo: subject.echo,
        knowledge: &knowledge,
        was_heard,
        launch,
    };
    let known = evidence(None);
    let is_in_order = is_in_order(&known);
    let is_hopeless = !is_in_order
        || before
            .iter()
            .any(|step| step.verdict == Verdict::Failed && !outside.may_be_hairpin(step.name));
    let launch = match (subject.probe, subject.echo) {
        (Some(probe), Some(echo)) if has_address && !is_hopeless => {
            Some(probe.launch(&echo.serial).await)
        }
        _ => None,
    };
    let is_open = matches!(launch, Some(Launch::Answered));
    let after = if is_odd { outside.steps(subject, was_heard || is_open) } else { Vec::new() };
    let is_way_in_order =
        before.iter().chain(&after).all(|step| step.verdict != Verdict::Failed) || is_open;
    after.into_iter().for_each(|step| report.tell(step));
    let seen = evidence(launch.as_ref());
    for step in [
        seen.skill(),
        seen.endpoint(),
        seen.locale(),
        seen.testing(),
        seen.enabled(is_in_order && is_way_in_order),
    ] {
        report.tell(step);
    }
    let has_probe = seen.has_probe;
    report.tell(echo::launch(launch.as_ref(), subject.echo, has_probe, seen.phrase()));
    let sound = match (subject.probe, subject.echo) {
        (Some(probe), Some(echo)) if is_open => Some(probe.play(&echo.serial).await),
        _ => None,
    };
    report.tell(echo::audio(sound.as_ref(), subject.echo, has_probe));
    report.steps
}

struct Report<F> {
    steps: Vec<Step>,
    on_step: F,
}

impl<F: Fn(&Step)> Report<F> {
    fn tell(&mut self, step: Step) {
        tracing::debug!(step = step.name.name(), verdict = step.verdict.name(), "checked");
        (self.on_step)(&step);
        self.steps.push(step);
    }
}

fn was_heard(subject: &Subject<'_>) -> bool {
    let at = subject.probe.and_then(Probe::heard_at);
    at.is_some_and(|at| subject.clock.now().duration_since(at).is_ok_and(|ago| ago < HEARD))
}

/// Whether nothing that is known of the skill speaks against a launch.
fn is_in_order(evidence: &Evidence<'_>) -> bool {
    [evidence.skill(), evidence.endpoint(), evidence.locale(), evidence.testing()]
        .iter()
        .all(|step| step.verdict != Verdict::Failed)
}

fn address(subject: &Subject<'_>) -> Step {
    let url = &subject.settings.public_url;
    let name = StepName::Address;
    if let Err(error) = public_address(url.as_str()) {
        return Step::failed(name, error.message(), error.next_step());
    }
    if let Some(port) = url.port().filter(|port| *port != PORT) {
        return Step::failed(
            name,
            format!(
                "The public address has the port {port}, and Amazon calls skills at port 443 only."
            ),
            "Lead port 443 from outside to your proxy or to the gateway, and leave the port out of the public address.",
        );
    }
    Step::passed(name, format!("The public address is {}.", url.as_str().trim_end_matches('/')))
}

async fn knowledge(subject: &Subject<'_>) -> Knowledge {
    let (Some(console), Some(id)) = (subject.console, subject.settings.skill_id.as_deref()) else {
        return Knowledge::NoSignIn;
    };
    let locale = subject.echo.and_then(|echo| echo.locale.as_deref());
    match console.skill(id, locale).await {
        Ok(Some(facts)) => Knowledge::Known(facts),
        Ok(None) => Knowledge::Missing,
        Err(error) => Knowledge::Trouble(error),
    }
}

/// What was seen of the public address.
#[derive(Default)]
struct Outside {
    host: String,
    /// `None` where the settings say where it leads.
    names: Option<io::Result<Vec<IpAddr>>>,
    seen: Option<Seen>,
}

struct Seen {
    shown: Handshake,
    old: Handshake,
    new: Handshake,
    reach: Reach,
}

impl Outside {
    async fn look(subject: &Subject<'_>) -> Self {
        let settings = subject.settings;
        let host = settings.public_url.host_str().unwrap_or_default().to_owned();
        let names = match settings.public_at {
            Some(_) => None,
            None => Some(resolve(subject, &host).await),
        };
        let found = names
            .as_ref()
            .and_then(|names| names.as_ref().ok())
            .and_then(|names| names.iter().find(|name| name.is_ipv4()).or(names.first()).copied());
        let at = settings.public_at.or(found.map(|address| SocketAddr::new(address, PORT)));
        let seen = match at {
            Some(at) => Some(Self::see(subject, &host, at).await),
            None => None,
        };
        Self { host, names, seen }
    }

    async fn see(subject: &Subject<'_>, host: &str, at: SocketAddr) -> Seen {
        let clock = &*subject.clock;
        let shown = handshake::shake(at, host, BOTH, clock).await;
        if let Handshake::NoConnection(error) = &shown {
            let reach = Reach::Silent(error.kind());
            let none = || Handshake::NoConnection(error.kind().into());
            return Seen { old: none(), new: none(), reach, shown };
        }
        let (old, new) = tokio::join!(
            handshake::shake(at, host, ONLY_12, clock),
            handshake::shake(at, host, ONLY_13, clock)
        );
        let reach = match &shown {
            Handshake::Done(_) => reach::ask(&subject.settings.public_url, at, clock).await,
            _ => Reach::Broken,
        };
        Seen { shown, old, new, reach }
    }

    /// Whether a router that does not lead its own address back in would look like this.
    fn may_be_hairpin(&self, step: StepName) -> bool {
        let is_silent =
            self.seen.as_ref().is_none_or(|seen| matches!(seen.reach, Reach::Silent(_)));
        match step {
            StepName::Reachable => is_silent,
            StepName::Dns => matches!(&self.names, Some(Ok(names)) if !names.is_empty()),
            _ => false,
        }
    }

    fn steps(&self, subject: &Subject<'_>, was_heard: bool) -> Vec<Step> {
        let host = &self.host;
        let dns = match &self.names {
            _ if host.is_empty() => unseen(StepName::Dns),
            None => Step::skipped(
                StepName::Dns,
                format!("DNS was not asked: the settings say where {host} leads."),
                "",
            ),
            Some(names) => dns::judge(host, names, was_heard),
        };
        let Some(seen) = &self.seen else {
            let others = [StepName::Certificate, StepName::Tls, StepName::Reachable];
            return std::iter::once(dns).chain(others.map(unseen)).collect();
        };
        let (certificate, versions) = match &seen.shown {
            Handshake::NoConnection(_) => (unseen(StepName::Certificate), unseen(StepName::Tls)),
            Handshake::NoTls => {
                (unseen(StepName::Certificate), shown::versions(&seen.old, &seen.new))
            }
            Handshake::Done(chain) => {
                (certificate(subject, host, chain), shown::versions(&seen.old, &seen.new))
            }
        };
        let reachable = match &seen.shown {
            Handshake::NoTls => unseen(StepName::Reachable),
            _ => {
                let skill_id = subject.settings.skill_id.as_deref();
                reach::judge(&seen.reach, host, skill_id, was_heard)
            }
        };
        vec![dns, certificate, versions, reachable]
    }
}

fn certificate(
    subject: &Subject<'_>,
    host: &str,
    chain: &[rustls::pki_types::CertificateDer<'static>],
) -> Step {
    match tls::roots(subject.extra_ca) {
        Ok(roots) => {
            let judgement = chain::judge(chain, host, &roots, subject.clock.now());
            shown::certificate(&judgement, host)
        }
        Err(error) => Step::failed(StepName::Certificate, error.message(), error.next_step()),
    }
}

fn unseen(name: StepName) -> Step {
    Step::skipped(
        name,
        "Nothing could be seen of it, because of what another step names.",
        "Mend that first, then check again.",
    )
}

async fn resolve(subject: &Subject<'_>, host: &str) -> io::Result<Vec<IpAddr>> {
    tokio::select! {
        answer = subject.resolver.resolve(host) => answer,
        () = subject.clock.sleep(handshake::PATIENCE) => Err(io::ErrorKind::TimedOut.into()),
    }
}
