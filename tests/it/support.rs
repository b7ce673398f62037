//! One simulated Amazon per test, and the log that all tests write at trace level.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Once};
use std::time::{Duration, SystemTime};

use amazon_simulator::{DeviceView, Fault, JournalEntry, Options, Simulator};
use mass_alexa::auth::{Enrolment, Progress};
use mass_alexa::clock::{Clock, Sleep, SystemClock};
use mass_alexa::net::Http;
use mass_alexa::session::{Live, Store};
use mass_alexa::{Account, Error, Result, Secret, Settings, Site};
use tempfile::TempDir;

pub(crate) const KITCHEN: &str = "G0911W0000000001";
pub(crate) const BEDROOM: &str = "G0911W0000000002";
pub(crate) const BEDROOM_TWO: &str = "G0911W0000000003";
pub(crate) const STUDIO: &str = "G0911W0000000004";
pub(crate) const GARAGE: &str = "G0911W0000000007";
pub(crate) const EVERYWHERE: &str = "6c89564531ef42f0acef41e580da58e7";

/// Where every test of the process logs, and where the secrets are noted that must not be in it.
pub(crate) fn log_folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/logs");
    fs::create_dir_all(&folder).unwrap();
    folder
}

pub(crate) fn log_file() -> PathBuf {
    log_folder().join("rust.log")
}

/// Everything of every library, at trace level.
pub(crate) fn log_everything() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let file = File::create(log_file()).unwrap();
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            // The digits of a time could be those of a code.
            .without_time()
            .with_writer(Arc::new(file))
            .init();
    });
}

/// A simulated Amazon and a folder for one account.
pub(crate) struct World {
    pub(crate) sim: Arc<Simulator>,
    pub(crate) folder: TempDir,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    pub(crate) async fn start_with(options: Options) -> Self {
        log_everything();
        Self::unlogged(options).await
    }

    /// For processes that measure themselves.
    pub(crate) async fn unlogged(options: Options) -> Self {
        let sim = Arc::new(Simulator::start(options).await.unwrap());
        Self { sim, folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn settings(&self) -> Settings {
        Settings {
            connect_to: Some(self.sim.address()),
            extra_ca: Some(self.sim.ca_path().to_owned()),
            requests_per_second: 0.0,
            ..Settings::default()
        }
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.folder.path().join("account")
    }

    /// An enrolment with the right password and these other things.
    pub(crate) fn enrolment(&self, site: &str, one_time: Option<&str>) -> Enrolment {
        let account = self.sim.account();
        self.enrolment_of(site, &account.email, &account.password, one_time, Arc::new(SystemClock))
    }

    pub(crate) fn enrolment_of(
        &self,
        site: &str,
        email: &str,
        password: &str,
        one_time: Option<&str>,
        clock: Arc<dyn Clock>,
    ) -> Enrolment {
        let one_time = one_time.map(Secret::from);
        let site = Site::parse(site).unwrap();
        let (email, password) = (email.into(), password.into());
        let settings = self.settings();
        Enrolment::with_clock(
            &self.store(),
            site,
            email,
            password,
            one_time.as_ref(),
            &settings,
            clock,
        )
        .unwrap()
    }

    /// The code of now: tests need not wait for the end of a window.
    pub(crate) fn code(&self) -> String {
        self.sim.code().code
    }

    pub(crate) async fn enrol(&self) -> Account {
        done(self.enrolment("amazon.com", Some(&self.code())).advance(None).await).unwrap()
    }

    /// Enrols and starts the journal anew.
    pub(crate) async fn signed_in(&self) -> Account {
        let account = self.enrol().await;
        self.sim.clear_journal();
        account
    }

    /// The session of this world under the facade.
    pub(crate) fn live(&self, http: Http) -> Live {
        let store = Store::new(self.store());
        let (data, _) = store.load().unwrap();
        Live::new(Arc::new(http), store, data).unwrap()
    }

    pub(crate) fn device(&self, serial: &str) -> DeviceView {
        self.sim.device(serial).unwrap()
    }

    pub(crate) fn fault(&self, fault: Fault) {
        self.sim.fault(fault);
    }

    pub(crate) fn requests(&self, path: &str) -> Vec<JournalEntry> {
        self.sim.journal().into_iter().filter(|entry| entry.path.starts_with(path)).collect()
    }

    pub(crate) fn registered(&self) -> usize {
        self.sim.registrations().iter().filter(|registration| registration.registered).count()
    }

    pub(crate) fn has_session(&self) -> bool {
        self.store().join("session.sealed").exists()
    }
}

impl Drop for World {
    /// Notes the secrets of this world, for the scan of all logs at the end of all tests.
    fn drop(&mut self) {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = log_folder().join(format!("secrets-rust-{}-{number}.json", std::process::id()));
        fs::write(path, serde_json::to_string(&self.sim.account().secrets).unwrap()).unwrap();
    }
}

/// The clock of the machine for which waiting takes no time: it moves itself and that of the
/// simulator ahead instead.
pub(crate) struct RushingClock {
    sim: Arc<Simulator>,
    ahead: Mutex<Duration>,
}

impl RushingClock {
    pub(crate) fn new(world: &World) -> Self {
        Self { sim: Arc::clone(&world.sim), ahead: Mutex::default() }
    }

    /// Moves both clocks.
    pub(crate) fn advance(&self, by: Duration) {
        *self.ahead.lock().unwrap() += by;
        self.sim.advance(by);
    }

    /// What all waits took together.
    pub(crate) fn ahead(&self) -> Duration {
        *self.ahead.lock().unwrap()
    }
}

impl Clock for RushingClock {
    fn now(&self) -> SystemTime {
        SystemTime::now() + self.ahead()
    }

    fn sleep(&self, wait: Duration) -> Sleep {
        self.advance(wait);
        Box::pin(std::future::ready(()))
    }
}

/// The account of an enrolment that is expected to need no answer.
pub(crate) fn done(progress: Result<Progress>) -> Result<Account> {
    progress.map(|progress| match progress {
        Progress::Done(account) => account,
        Progress::Question(question) => panic!("asked: {}", question.prompt),
    })
}

/// The code of an error, for comparing.
pub(crate) fn code_of<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    result.unwrap_err().code().id()
}
