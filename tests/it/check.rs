//! The check of the whole way with a running gateway, a skill that was really deployed, and an Echo
//! that really fetches; one link broken at a time.

use std::net::SocketAddr;
use std::sync::Arc;

use amazon_simulator::{CLIENT_ID, DeveloperPatch, SkillPatch};
use http::Method;
use mass_alexa::gateway::preflight::{Step, StepName, Verdict};
use mass_alexa::gateway::{Gateway, GatewaySettings};
use mass_alexa::net::{Http, Lane, Request};
use mass_alexa::session::Jar;
use mass_alexa::smapi::package::NAME;
use mass_alexa::smapi::{Client, Consent, Package, Profile, RETURN_URL, Target, deploy};
use mass_alexa::{Account, Secret};

use crate::concert::{HOST, certificate};
use crate::pacing::Pace;
use crate::support::{KITCHEN, World};

/// Everything from the developer to the Echo.
struct Way {
    world: World,
    pace: Pace,
    account: Account,
    gateway: Gateway,
    skill: String,
}

impl Way {
    async fn start() -> Self {
        let world = World::start().await;
        world.enrol().await.close().await;
        world.sim.hold_clock(true);
        let pace = Pace::new(&world);
        let skill = deployed(&world, &pace).await;
        let account = pace.account(&world).await;
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let listen: SocketAddr = free.local_addr().unwrap();
        drop(free);
        let settings = GatewaySettings {
            listen,
            public_at: Some(listen),
            tls: Some(certificate(&world, world.folder.path())),
            skill_id: Some(skill.clone()),
            ..GatewaySettings::new(&format!("https://{HOST}")).unwrap()
        };
        let gateway = Gateway::start(&account, settings, &world.settings()).await.unwrap();
        world.sim.resolve(HOST, listen);
        Self { world, pace, account, gateway, skill }
    }

    fn patch(&self, patch: SkillPatch) {
        assert!(self.world.sim.patch_skill(&self.skill, patch));
    }

    async fn check(&self) -> Vec<Step> {
        let gateway = self.gateway.clone();
        self.pace.during(async move { gateway.check(Some(KITCHEN), |_| ()).await }).await.0.unwrap()
    }

    async fn broken(&self) -> Vec<&'static str> {
        let steps = self.check().await;
        let broken = steps.iter().filter(|step| step.verdict == Verdict::Failed);
        broken.map(|step| step.name.name()).collect()
    }

    async fn close(self) {
        self.gateway.close().await;
        self.account.close().await;
    }
}

/// Brings a skill to the simulated Amazon, with the consent of its developer.
async fn deployed(world: &World, pace: &Pace) -> String {
    let quick = DeveloperPatch {
        check_seconds: Some(0),
        build_seconds: Some(0),
        ..DeveloperPatch::default()
    };
    world.sim.patch_developer(quick);
    let secret = Secret::new(world.sim.developer().client_secret);
    let profile = Profile::new(CLIENT_ID, &secret).unwrap();
    let consent = Consent::new(profile, RETURN_URL).unwrap();
    let http = Http::new(&world.settings(), pace.clock()).unwrap();
    let request = Request::new(Method::GET, consent.url().unwrap(), Lane::SignIn);
    let answer = http.send(request, &Jar::default(), "en-US").await.unwrap();
    let landed = Secret::new(answer.location().unwrap().to_string());
    let (folder, settings) = (world.store(), world.settings());
    let client =
        Client::sign_in(&folder, &settings, pace.clock(), &consent, &landed).await.unwrap();
    let package =
        Package::in_locales(&format!("https://{HOST}"), NAME, &["de-DE", "fr-FR"]).unwrap();
    let work = async move { deploy(&client, &package, &Target::default(), &|_, _| ()).await };
    pace.during(work).await.0.unwrap().skill_id
}

#[tokio::test]
async fn a_way_in_order_passes_every_step_and_sound_is_fetched() {
    let way = Way::start().await;
    let told = Arc::new(std::sync::Mutex::new(Vec::new()));
    let (gateway, tell) = (way.gateway.clone(), Arc::clone(&told));
    let work = async move {
        gateway.check(Some(KITCHEN), |step| tell.lock().unwrap().push(step.name)).await
    };
    let steps = way.pace.during(work).await.0.unwrap();
    for step in &steps {
        let expected = if step.name == StepName::Dns { Verdict::Skipped } else { Verdict::Passed };
        assert_eq!(step.verdict, expected, "{step:?}");
    }
    assert_eq!(*told.lock().unwrap(), StepName::ALL);
    assert!(way.world.sim.echo(KITCHEN).unwrap().bytes > 10_000);
    way.close().await;
}

#[tokio::test]
async fn s_k1_faults_at_amazon_are_named_with_a_real_launch() {
    let way = Way::start().await;
    way.patch(SkillPatch { is_testing: Some(false), ..SkillPatch::default() });
    assert_eq!(way.broken().await, ["testing"]);
    way.patch(SkillPatch { is_testing: Some(true), ..SkillPatch::default() });
    let elsewhere = "https://old.example.org/alexa/skill".parse().unwrap();
    way.patch(SkillPatch { endpoint: Some(elsewhere), ..SkillPatch::default() });
    assert_eq!(way.broken().await, ["endpoint"]);
    let here = format!("https://{HOST}/alexa/skill").parse().unwrap();
    way.patch(SkillPatch { endpoint: Some(here), ..SkillPatch::default() });
    way.world.sim.knobs(|knobs| knobs.skill_launch_ignored = true);
    way.world.sim.knobs(|knobs| knobs.skill_refusal = Some("I do not know that.".to_owned()));
    assert_eq!(way.broken().await, ["launch"]);
    way.world.sim.knobs(|knobs| {
        knobs.skill_launch_ignored = false;
        knobs.skill_refusal = None;
        knobs.skill_timestamp_off_s = -1_000;
    });
    let steps = way.check().await;
    let launch = steps.iter().find(|step| step.name == StepName::Launch).unwrap();
    assert!(launch.sentence.contains("our clock"), "{launch:?}");
    way.world.sim.knobs(|knobs| knobs.skill_timestamp_off_s = 0);
    assert_eq!(way.broken().await, Vec::<&str>::new());
    way.close().await;
}
