//! A gateway between a simulated Amazon and a music server, with a host that does what Music
//! Assistant does: it has a queue for each Echo and tells what comes next as soon as one plays.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use amazon_simulator::sound::{FRAME_MS, frames_in};
use amazon_simulator::{CertificateOrder, Issuer, SkillLocale, SkillSeed};
use mass_alexa::gateway::{
    Ask, Gateway, GatewayEvent, GatewaySettings, Item, Stage, StagePlayback, TlsFiles, Wish,
};
use mass_alexa::{Account, Result};
use tokio::task::JoinHandle;

use crate::pacing::Pace;
use crate::support::World;
use crate::upstream::{Sound, Upstream};

pub(crate) const SKILL: &str = "amzn1.ask.skill.11111111-2222-3333-4444-555555555555";
pub(crate) const HOST: &str = "music.example.org";

/// Everything that plays together.
pub(crate) struct Concert {
    pub(crate) world: World,
    pub(crate) pace: Pace,
    pub(crate) upstream: Upstream,
    pub(crate) host: Host,
    pub(crate) gateway: Gateway,
    pub(crate) account: Account,
    loops: JoinHandle<()>,
}

impl Concert {
    pub(crate) async fn start() -> Self {
        Self::start_as("music assistant", None).await
    }

    /// With this name of the skill, and with Echos of this locale.
    pub(crate) async fn start_as(name: &str, locale: Option<&str>) -> Self {
        let world = World::start().await;
        world.enrol().await.close().await;
        world.sim.hold_clock(true);
        let pace = Pace::new(&world);
        let url = format!("https://{HOST}/alexa/skill").parse().unwrap();
        let mut skill = SkillSeed::new(SKILL, url, name);
        if let Some(locale) = locale {
            let serials = world.sim.devices().into_iter().map(|device| device.serial);
            let locales = serials.map(|serial| (serial, locale.to_owned())).collect();
            world.sim.knobs(|knobs| knobs.skill_locales = locales);
            skill.locales = [(locale.to_owned(), SkillLocale::default())].into();
        }
        world.sim.add_skill(skill);
        let upstream = Upstream::start().await;
        let host = Host::default();
        let (account, gateway) = open(&world, &pace, name).await;
        let loops = tokio::spawn(host.clone().serve(gateway.clone()));
        world.sim.clear_journal();
        Self { world, pace, upstream, host, gateway, account, loops }
    }

    /// The host ends and begins anew, with what it kept.
    pub(crate) async fn restart(&mut self) {
        self.stop().await;
        self.begin().await;
    }

    /// The host ends.
    pub(crate) async fn stop(&mut self) {
        let (gateway, account) = (self.gateway.clone(), self.account.clone());
        // Requests under way are given time.
        let closing = async move {
            gateway.close().await;
            account.close().await;
        };
        self.pace.during(closing).await;
        let _ = (&mut self.loops).await;
    }

    /// The host begins anew.
    pub(crate) async fn begin(&mut self) {
        let name = self.gateway.settings().invocation_name.clone();
        let (account, gateway) = open(&self.world, &self.pace, &name).await;
        self.account = account;
        self.gateway = gateway.clone();
        self.loops = tokio::spawn(self.host.clone().serve(gateway));
    }

    /// An item of so many seconds that can be played.
    pub(crate) fn item(&self, id: &str, seconds: u64) -> Item {
        let frames = frames_in(seconds * 1_000);
        let sound = Sound { frames, ..Sound::default() };
        Item {
            id: id.to_owned(),
            url: self.upstream.add(id, sound),
            title: format!("Song {id}"),
            artist: Some("Somebody".to_owned()),
            album: None,
            image: None,
            duration: Some(Duration::from_millis(frames * FRAME_MS)),
        }
    }

    /// Plays the current item of an Echo from another place on, as Music Assistant does: with the
    /// sound from there on, under another address.
    pub(crate) async fn seek(&self, serial: &'static str, seconds: u64) {
        let mut item = self.host.with(serial, |queue| queue.items[queue.index].clone());
        let first = frames_in(seconds * 1_000);
        let length = u64::try_from(item.duration.unwrap().as_millis()).unwrap();
        let frames = frames_in(length).saturating_sub(first);
        let sound = Sound { frames, first, mark: item.id.clone(), ..Sound::default() };
        item.url = self.upstream.add(&format!("{}-from-{seconds}", item.id), sound);
        item.duration = Some(Duration::from_millis(frames * FRAME_MS));
        self.host.with(serial, |queue| queue.told = None);
        self.order(serial, move |gateway, _| async move { gateway.play(serial, item).await })
            .await
            .unwrap();
    }

    /// Puts items into the queue of an Echo and plays the first.
    pub(crate) async fn play(&self, serial: &'static str, items: Vec<Item>) -> Result<()> {
        self.host.with(serial, |queue| *queue = Queue { items, ..Queue::default() });
        self.order(serial, |gateway, host| async move { host.play_at(&gateway, serial, 0).await })
            .await
    }

    /// Has the host do something while time passes.
    pub(crate) async fn order<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
        &self,
        _serial: &str,
        order: impl FnOnce(Gateway, Host) -> F,
    ) -> T {
        let work = order(self.gateway.clone(), self.host.clone());
        self.pace.during(work).await.0
    }

    /// What comes out of an Echo: the item and the second in it.
    pub(crate) fn audible(&self, serial: &str) -> Option<(String, f64)> {
        let audible = self.world.sim.audible(serial)?;
        Some((audible.item, audible.position.as_secs_f64()))
    }

    /// What the host shows of an Echo: the item and the second in it, while it plays.
    pub(crate) fn shown(&self, serial: &str) -> Option<(String, f64)> {
        let stage = self.host.stage(serial)?;
        let now = self.pace.clock().now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
        let since = match stage.playback {
            StagePlayback::Playing => now - stage.updated_at,
            _ => 0.0,
        };
        Some((stage.item?, stage.position? + since))
    }

    pub(crate) fn playback(&self, serial: &str) -> StagePlayback {
        self.host.stage(serial).map_or(StagePlayback::Idle, |stage| stage.playback)
    }
}

async fn open(world: &World, pace: &Pace, name: &str) -> (Account, Gateway) {
    let account = pace.account(world).await;
    let mut settings = GatewaySettings::new(&format!("https://{HOST}")).unwrap();
    settings.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    settings.tls = Some(certificate(world, world.folder.path()));
    settings.skill_id = Some(SKILL.to_owned());
    settings.invocation_name = name.to_owned();
    let gateway = Gateway::start(&account, settings, &world.settings()).await.unwrap();
    world.sim.resolve(HOST, gateway.address());
    (account, gateway)
}

pub(crate) fn certificate(world: &World, folder: &Path) -> TlsFiles {
    let order =
        CertificateOrder { names: vec![HOST.to_owned()], days: (-1, 90), issuer: Issuer::Public };
    let issued = world.sim.issue(&order).unwrap();
    let files = TlsFiles { certificates: folder.join("chain.pem"), key: folder.join("key.pem") };
    std::fs::write(&files.certificates, issued.chain_pem).unwrap();
    std::fs::write(&files.key, issued.key_pem).unwrap();
    files
}

/// The queue of one Echo.
#[derive(Debug, Clone, Default)]
pub(crate) struct Queue {
    pub(crate) items: Vec<Item>,
    pub(crate) index: usize,
    /// What was told to come next.
    told: Option<String>,
    /// Wishes that reached this queue.
    pub(crate) wishes: Vec<Wish>,
    stage: Option<Stage>,
}

/// What Music Assistant would be.
#[derive(Clone, Default)]
pub(crate) struct Host {
    queues: Arc<Mutex<BTreeMap<String, Queue>>>,
}

impl Host {
    pub(crate) fn with<T>(&self, serial: &str, change: impl FnOnce(&mut Queue) -> T) -> T {
        change(self.queues.lock().unwrap().entry(serial.to_owned()).or_default())
    }

    pub(crate) fn stage(&self, serial: &str) -> Option<Stage> {
        self.with(serial, |queue| queue.stage.clone())
    }

    pub(crate) fn wishes(&self, serial: &str) -> Vec<Wish> {
        self.with(serial, |queue| queue.wishes.clone())
    }

    /// Plays the item of an index.
    pub(crate) async fn play_at(
        &self,
        gateway: &Gateway,
        serial: &str,
        index: usize,
    ) -> Result<()> {
        let item = self.with(serial, |queue| {
            let item = queue.items.get(index).cloned();
            if item.is_some() {
                queue.index = index;
                queue.told = None;
            }
            item
        });
        match item {
            Some(item) => gateway.play(serial, item).await,
            None => gateway.stop(serial).await,
        }
    }

    async fn serve(self, gateway: Gateway) {
        let watch = gateway.watch();
        while let Some(event) = watch.next().await {
            match event {
                GatewayEvent::Stage(stage) => self.take(&gateway, stage),
                GatewayEvent::Ask(ask) => {
                    let (host, gateway) = (self.clone(), gateway.clone());
                    tokio::spawn(async move { host.asked(gateway, ask).await });
                }
                GatewayEvent::Pairings(_) | GatewayEvent::Trouble(_) => {}
            }
        }
    }

    /// Follows what plays, and tells what comes next once for each item.
    fn take(&self, gateway: &Gateway, stage: Stage) {
        let serial = stage.serial.clone();
        let next = self.with(&serial, |queue| {
            let playing = stage.playback == StagePlayback::Playing;
            let item = stage.item.clone().filter(|_| playing);
            queue.stage = Some(stage);
            let item = item?;
            queue.index = queue.items.iter().position(|one| one.id == item)?;
            if queue.told.as_ref() == Some(&item) {
                return None;
            }
            queue.told = Some(item);
            queue.items.get(queue.index + 1).cloned()
        });
        if let Some(next) = next {
            gateway.enqueue(&serial, Some(next));
        }
    }

    async fn asked(self, gateway: Gateway, ask: Ask) {
        let serial = ask.serial.as_str();
        let index = self.with(serial, |queue| {
            queue.wishes.push(ask.wish.clone());
            queue.index
        });
        let played = match ask.wish {
            Wish::Next => self.play_at(&gateway, serial, index + 1).await,
            Wish::Previous => self.play_at(&gateway, serial, index.saturating_sub(1)).await,
            Wish::StartOver | Wish::Resume => self.play_at(&gateway, serial, index).await,
            Wish::Stop => gateway.stop(serial).await,
            Wish::Shuffle { .. } | Wish::Repeat { .. } => Ok(()),
            Wish::Source { item } => {
                let found = self
                    .with(serial, |queue| queue.items.iter().find(|one| one.id == item).cloned());
                gateway.provide(ask.id, found);
                return;
            }
        };
        gateway.answer(ask.id, played.err().map(|error| error.message().to_owned()));
    }
}
