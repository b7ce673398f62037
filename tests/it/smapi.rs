//! The skill on its way to the simulated Amazon.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use amazon_simulator::{
    CLIENT_ID, DeveloperPatch, Fault, FaultKind, Simulator, Skill, SkillPatch, VENDOR, Vendor,
};
use http::Method;
use mass_alexa::clock::{Clock, Sleep};
use mass_alexa::error::code;
use mass_alexa::net::{Http, Lane, Request};
use mass_alexa::session::Jar;
use mass_alexa::smapi::package::{LOCALES, NAME};
use mass_alexa::smapi::{
    Client, Consent, Deployed, Package, Profile, Progress, RETURN_URL, Step, Target, deploy,
};
use mass_alexa::{Error, Result, Secret, Settings};
use url::Url;

use crate::support::World;

/// A clock that moves when somebody waits, here and at Amazon.
#[derive(Clone)]
struct Together(Arc<Mutex<SystemTime>>, Arc<Simulator>);

impl Clock for Together {
    fn now(&self) -> SystemTime {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, wait: Duration) -> Sleep {
        let clock = self.clone();
        Box::pin(async move {
            *clock.0.lock().unwrap() += wait;
            clock.1.advance(wait);
            tokio::task::yield_now().await;
        })
    }
}

/// A developer whose skill is to be brought there.
struct Desk {
    world: World,
    clock: Together,
}

impl Desk {
    async fn start() -> Self {
        let world = World::start().await;
        let clock = Together(Arc::new(Mutex::new(SystemTime::now())), Arc::clone(&world.sim));
        Self { world, clock }
    }

    fn sim(&self) -> &Simulator {
        &self.world.sim
    }

    fn settings(&self) -> Settings {
        self.world.settings()
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(self.clock.clone())
    }

    fn patch(&self, patch: DeveloperPatch) {
        self.sim().patch_developer(patch);
    }

    fn refuse(&self, refusals: &[(&str, &str)]) {
        let refusals =
            refusals.iter().map(|(what, why)| ((*what).to_owned(), (*why).to_owned())).collect();
        self.patch(DeveloperPatch { refusals: Some(refusals), ..DeveloperPatch::default() });
    }

    fn consent(&self) -> Consent {
        let secret = Secret::new(self.sim().developer().client_secret);
        Consent::new(Profile::new(CLIENT_ID, &secret).unwrap(), RETURN_URL).unwrap()
    }

    /// Where Amazon sends the browser.
    async fn browsed(&self, page: Url) -> String {
        let http = Http::new(&self.settings(), self.clock()).unwrap();
        let request = Request::new(Method::GET, page, Lane::SignIn);
        let answer = http.send(request, &Jar::default(), "en-US").await.unwrap();
        answer.location().unwrap().to_string()
    }

    fn skill(&self, id: &str) -> Skill {
        self.sim().skills().into_iter().find(|skill| skill.id == id).unwrap()
    }

    async fn sign_in(&self) -> Result<Client> {
        let consent = self.consent();
        let landed = self.browsed(consent.url().unwrap()).await;
        let (folder, settings) = (self.world.store(), self.settings());
        Client::sign_in(&folder, &settings, self.clock(), &consent, &landed.into()).await
    }

    async fn open(&self) -> Result<Client> {
        Client::open(&self.world.store(), &self.settings(), self.clock()).await
    }
}

fn package(name: &str) -> Package {
    Package::new("https://music.example.org", name).unwrap()
}

fn few(name: &str) -> Package {
    Package::in_locales("https://music.example.org", name, &["de-DE", "en-GB", "fr-FR"]).unwrap()
}

async fn bring(client: &Client, package: &Package) -> Result<Deployed> {
    deploy(client, package, &Target::default(), &|_, _| ()).await
}

#[tokio::test]
async fn a_deployment_is_repeated_without_changing_anything() {
    let desk = Desk::start().await;
    let client = desk.sign_in().await.unwrap();
    let told = Mutex::new(Vec::new());
    let tell = |step: Step, _: String| told.lock().unwrap().push(step.name());
    let first = deploy(&client, &package(NAME), &Target::default(), &tell).await.unwrap();
    assert!(first.is_new && first.is_newly_enabled);
    assert_eq!(first.vendor, VENDOR);
    assert_eq!(first.new_models.len(), LOCALES.len());
    let mut steps = told.into_inner().unwrap();
    steps.dedup();
    assert_eq!(steps, ["vendor", "find", "manifest", "models", "enable"]);

    // Another program, another day.
    let client = desk.open().await.unwrap();
    let second = bring(&client, &package(NAME)).await.unwrap();
    assert!(second.is_unchanged(), "{second:?}");
    assert_eq!(second.skill_id, first.skill_id);
    let developer = desk.sim().developer();
    assert_eq!(developer.made, 1);
    assert_eq!(developer.sent[&first.skill_id].len(), LOCALES.len());

    let state = client.state(&first.skill_id).await.unwrap().unwrap();
    assert_eq!(state.endpoint.as_deref(), Some("https://music.example.org/alexa/skill"));
    assert_eq!(state.version.as_deref(), Some(env!("CARGO_PKG_VERSION")));
    assert_eq!(state.manifest, Progress::Done);
    assert!(state.is_enabled && state.locales.values().all(|one| *one == Progress::Done));
    assert!(client.state("amzn1.ask.skill.none").await.unwrap().is_none());
}

#[tokio::test]
async fn s_k5_a_new_name_changes_the_models_and_nothing_else() {
    let desk = Desk::start().await;
    let client = desk.sign_in().await.unwrap();
    let first = bring(&client, &few(NAME)).await.unwrap();
    let second = bring(&client, &few("assistant musical")).await.unwrap();
    assert_eq!(second.new_models, ["de-DE", "en-GB", "fr-FR"]);
    assert!(!second.is_new && !second.is_newly_enabled);
    let name = client.invocation_name(&first.skill_id, "fr-FR").await.unwrap();
    assert_eq!(name.as_deref(), Some("assistant musical"));
    let skill = desk.skill(&first.skill_id);
    assert_eq!(skill.locales["fr-FR"].invocation_name, "assistant musical");
}

#[tokio::test]
async fn a_deployment_that_failed_half_way_is_gone_on_with() {
    let desk = Desk::start().await;
    let client = desk.sign_in().await.unwrap();
    desk.refuse(&[("fr-FR", "The model is not liked.")]);
    let error = bring(&client, &few(NAME)).await.unwrap_err();
    assert_eq!(error.code(), code::SKILL_REJECTED);
    assert!(error.message().contains("fr-FR: The model is not liked"), "{error}");
    // The network breaks before the models of the second run are all there.
    desk.refuse(&[]);
    let broken = Fault::on("/v1/skills/", FaultKind::Close).times(1);
    desk.sim().fault(Fault { method: Some("PUT".to_owned()), ..broken });
    let client = desk.open().await.unwrap();
    assert_eq!(bring(&client, &few(NAME)).await.unwrap_err().code(), code::UNREACHABLE);
    let client = desk.open().await.unwrap();
    let third = bring(&client, &few(NAME)).await.unwrap();
    assert!(!third.is_new && third.is_newly_enabled);
    assert_eq!(third.new_models, ["fr-FR"]);
    assert_eq!(desk.sim().developer().made, 1);
}

#[tokio::test]
async fn a_skill_whose_id_was_lost_is_found_by_its_note() {
    let desk = Desk::start().await;
    let first = bring(&desk.sign_in().await.unwrap(), &few(NAME)).await.unwrap();
    std::fs::remove_dir_all(desk.world.store()).unwrap();
    let client = desk.sign_in().await.unwrap();
    assert_eq!(client.skill_id(), None);
    let second = bring(&client, &few(NAME)).await.unwrap();
    assert!(second.is_unchanged(), "{second:?}");
    assert_eq!(second.skill_id, first.skill_id);
    let other = Target { skill_id: Some("amzn1.ask.skill.x".to_owned()), ..Target::default() };
    let error = deploy(&client, &few(NAME), &other, &|_, _| ()).await.unwrap_err();
    assert_eq!(error.code(), code::SKILL_MISSING);
}

#[tokio::test]
async fn what_amazon_refuses_is_quoted_and_leaves_no_skill() {
    let desk = Desk::start().await;
    let client = desk.sign_in().await.unwrap();
    desk.refuse(&[("manifest", "Object instance has invalid value (INVALID_ENUM_VALUE).")]);
    let error = bring(&client, &few(NAME)).await.unwrap_err();
    assert_eq!(error.code(), code::SKILL_REJECTED);
    assert!(error.message().contains("INVALID_ENUM_VALUE"), "{error}");
    assert_eq!(client.skill_id(), None);
    desk.refuse(&[]);
    assert!(bring(&client, &few(NAME)).await.unwrap().is_new);
}

#[tokio::test]
async fn amazons_patience_and_failures_are_sat_out() {
    let desk = Desk::start().await;
    let client = desk.sign_in().await.unwrap();
    let with_wait = |seconds: &str| Fault {
        headers: BTreeMap::from([("retry-after".to_owned(), seconds.to_owned())]),
        ..Fault::on("/v1/", FaultKind::Status).status(429).times(2)
    };
    desk.sim().fault(with_wait("7"));
    desk.sim().fault(Fault { skip: 6, ..Fault::on("/v1/", FaultKind::Status).times(2) });
    let before = desk.clock.now();
    let deployed = bring(&client, &few(NAME)).await.unwrap();
    assert!(deployed.is_new);
    assert!(desk.clock.now().duration_since(before).unwrap() >= Duration::from_secs(14));
    assert_eq!(desk.sim().developer().made, 1);
}

#[tokio::test]
async fn a_build_without_end_is_given_up_in_words() {
    let desk = Desk::start().await;
    let client = desk.sign_in().await.unwrap();
    let slow = DeveloperPatch { build_seconds: Some(7_200), ..DeveloperPatch::default() };
    desk.patch(slow);
    let error = bring(&client, &few(NAME)).await.unwrap_err();
    assert_eq!(error.code(), code::SKILL_UNFINISHED);
}

#[tokio::test]
async fn consents_that_fail_are_told_apart() {
    let desk = Desk::start().await;
    let code_of = |result: Result<Client>| result.unwrap_err().code();
    assert_eq!(code_of(desk.open().await), code::DEVELOPER_SIGN_IN);
    desk.patch(DeveloperPatch { consents: Some(false), ..DeveloperPatch::default() });
    assert_eq!(code_of(desk.sign_in().await), code::DEVELOPER_REFUSED);
    desk.patch(DeveloperPatch { consents: Some(true), ..DeveloperPatch::default() });

    let wrong = Profile::new(CLIENT_ID, &"another".into()).unwrap();
    let consent = Consent::new(wrong, RETURN_URL).unwrap();
    let landed = desk.browsed(consent.url().unwrap()).await;
    let (folder, settings, landed) = (desk.world.store(), desk.settings(), landed.into());
    let used = Client::sign_in(&folder, &settings, desk.clock(), &consent, &landed);
    assert_eq!(code_of(used.await), code::DEVELOPER_REFUSED);
    assert!(!folder.join("developer.sealed").exists(), "nothing is kept of a consent that failed");

    let client = desk.sign_in().await.unwrap();
    desk.patch(DeveloperPatch { expired: true, ..DeveloperPatch::default() });
    assert!(bring(&client, &few(NAME)).await.is_ok(), "an expired token is renewed");
    desk.patch(DeveloperPatch { revoked: true, ..DeveloperPatch::default() });
    let error = bring(&client, &few(NAME)).await.unwrap_err();
    assert_eq!(error.code(), code::DEVELOPER_SIGN_IN);
}

#[tokio::test]
async fn the_organisation_is_asked_for_when_there_are_several() {
    let desk = Desk::start().await;
    let client = desk.sign_in().await.unwrap();
    let vendor = |id: &str| Vendor { id: id.to_owned(), name: format!("The {id}") };
    let vendors = |list| DeveloperPatch { vendors: Some(list), ..DeveloperPatch::default() };
    desk.patch(vendors(vec![]));
    let code_of = |error: Error| error.code();
    assert_eq!(code_of(bring(&client, &few(NAME)).await.unwrap_err()), code::NO_DEVELOPER_ACCOUNT);
    desk.patch(vendors(vec![vendor("M1"), vendor("M2")]));
    let error = bring(&client, &few(NAME)).await.unwrap_err();
    assert_eq!(error.code(), code::SEVERAL_VENDORS);
    assert!(error.message().contains("M2 (The M2)"), "{error}");
    let target = Target { vendor: Some("M2".to_owned()), ..Target::default() };
    let deployed = deploy(&client, &few(NAME), &target, &|_, _| ()).await.unwrap();
    assert_eq!(deployed.vendor, "M2");
    // From now on it is known which one.
    assert!(bring(&client, &few(NAME)).await.unwrap().is_unchanged());
}

#[tokio::test]
async fn fewer_locales_and_hands_in_the_console_are_put_right() {
    let desk = Desk::start().await;
    let client = desk.sign_in().await.unwrap();
    let id = bring(&client, &few(NAME)).await.unwrap().skill_id;
    let other = Url::parse("https://elsewhere.example.org/x").unwrap();
    let patch = SkillPatch { endpoint: Some(other), ..Default::default() };
    assert!(desk.sim().patch_skill(&id, patch));
    let one = Package::in_locales("https://music.example.org", NAME, &["de-DE"]).unwrap();
    let deployed = bring(&client, &one).await.unwrap();
    assert!(deployed.has_new_manifest && deployed.new_models.is_empty());
    let skill = desk.skill(&id);
    assert_eq!(skill.locales.keys().collect::<Vec<_>>(), ["de-DE"]);
    assert_eq!(skill.endpoint.unwrap().host_str(), Some("music.example.org"));
}

#[tokio::test]
async fn nothing_of_the_developer_lies_about_in_the_clear() {
    let desk = Desk::start().await;
    desk.sign_in().await.unwrap();
    let holds = |path: &Path| {
        let bytes = std::fs::read(path).unwrap();
        bytes.windows(6).any(|window| window == b"canary")
    };
    for entry in std::fs::read_dir(desk.world.store()).unwrap() {
        let path = entry.unwrap().path();
        assert!(!holds(&path), "{}", path.display());
    }
}
