//! The running simulator and its typed control.

mod developer_control;
mod push_control;
mod skill_control;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::account::identity::AccountView;
use crate::account::sessions::RegistrationView;
use crate::auth::register::APP_DEVICE_TYPE;
use crate::control::{self, CodeView, PlayRequest};
use crate::faults::Fault;
use crate::household::views::{DevicePatch, DeviceSeed, DeviceView};
use crate::journal::{JournalEntry, Requests};
use crate::knobs::Knobs;
use crate::options::Options;
use crate::skill::carrier;
use crate::skill::certificates::Notary;
use crate::skill::trust::Trust;
use crate::state::{Counters, Expire, State, World, lock};
use crate::tls::{Authority, server_config};
use crate::{push, server};

/// A running stand-in for Amazon. Dropping it stops it.
#[derive(Debug)]
pub struct Simulator {
    world: World,
    address: SocketAddr,
    control: SocketAddr,
    ca_path: PathBuf,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
    folder: Option<TempDir>,
}

impl Simulator {
    /// Starts on the current tokio runtime.
    ///
    /// # Errors
    /// When an address cannot be bound or the folder cannot be written.
    pub async fn start(options: Options) -> io::Result<Self> {
        let (path, folder) = match options.state_dir {
            Some(path) => {
                std::fs::create_dir_all(&path)?;
                (std::path::absolute(path)?, None)
            }
            None => {
                let folder = tempfile::Builder::new().prefix("amazon-simulator-").tempdir()?;
                (folder.path().to_owned(), Some(folder))
            }
        };
        let authority = Authority::new()?;
        let ca_path = path.join("ca.pem");
        std::fs::write(&ca_path, authority.pem())?;
        let notary = Notary::new(Arc::clone(&authority))?;
        let trust = Trust::new(&authority.pem())?;

        let listener = TcpListener::bind(options.listen).await?;
        let control_listener = TcpListener::bind(options.control).await?;
        let address = listener.local_addr()?;
        let control_address = control_listener.local_addr()?;
        let world: World = Arc::new(Mutex::new(State::new(options.second_account)));
        let (jobs, taken) = unbounded_channel();
        {
            let realm = &mut lock(&world).skill;
            realm.notary = Some(Arc::new(notary));
            realm.trust = Some(trust);
            realm.here = Some(address);
            realm.jobs = Some(jobs);
        }
        let stop = CancellationToken::new();
        let config = server_config(authority)?;
        let tasks = vec![
            tokio::spawn(server::serve(listener, config, Arc::clone(&world), stop.clone())),
            tokio::spawn(control::serve(control_listener, Arc::clone(&world), stop.clone())),
            tokio::spawn(carrier::carry(Arc::clone(&world), taken, stop.clone())),
            tokio::spawn(push::pass_time(Arc::clone(&world), stop.clone())),
        ];
        Ok(Self { world, address, control: control_address, ca_path, stop, tasks, folder })
    }

    /// The TLS address that every Amazon host must resolve to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate authority to trust, as a PEM file.
    pub fn ca_path(&self) -> &Path {
        &self.ca_path
    }

    /// Base address of the control interface, such as `http://127.0.0.1:41232`.
    pub fn control_url(&self) -> String {
        format!("http://{}", self.control)
    }

    /// Every request since the last clearing.
    pub fn journal(&self) -> Vec<JournalEntry> {
        lock(&self.world).journal.chosen(&Requests::default())
    }

    /// The requests of a choice since the last clearing.
    pub fn requests(&self, requests: &Requests) -> Vec<JournalEntry> {
        lock(&self.world).journal.chosen(requests)
    }

    /// How many requests of a method went to paths that begin so, on any host.
    pub fn count(&self, method: &str, path: &str) -> usize {
        self.requests(&Requests::to(method, path)).len()
    }

    /// How many requests each endpoint got, by `METHOD host/path`.
    pub fn request_counts(&self) -> BTreeMap<String, u64> {
        lock(&self.world).journal.counts(&Requests::default())
    }

    /// Forgets the journal.
    pub fn clear_journal(&self) {
        lock(&self.world).journal.clear();
    }

    /// Orders a failure and returns its id.
    pub fn fault(&self, fault: Fault) -> u64 {
        lock(&self.world).faults.add(fault)
    }

    /// Takes all ordered failures back.
    pub fn clear_faults(&self) {
        lock(&self.world).faults.clear();
    }

    /// Changes settings.
    pub fn knobs(&self, change: impl FnOnce(&mut Knobs)) {
        change(&mut lock(&self.world).knobs);
    }

    /// Every device.
    pub fn devices(&self) -> Vec<DeviceView> {
        let state = lock(&self.world);
        state.household.views(state.clock.now_ms())
    }

    /// One device.
    pub fn device(&self, serial: &str) -> Option<DeviceView> {
        self.devices().into_iter().find(|d| d.serial == serial)
    }

    /// Changes a device from outside; false when there is none of that serial.
    pub fn patch_device(&self, serial: &str, patch: DevicePatch) -> bool {
        lock(&self.world).patch_device(serial, patch)
    }

    /// Adds a device to the household.
    pub fn add_device(&self, seed: DeviceSeed) {
        lock(&self.world).household.add(seed);
    }

    /// Adds generated Echos and returns their serials.
    pub fn populate(&self, count: usize) -> Vec<String> {
        lock(&self.world).household.populate(count)
    }

    /// Removes a device and adds the same one with another serial, which is returned: a speaker
    /// group made anew under its old name. `None` when there is none of that serial.
    pub fn recreate_device(&self, serial: &str) -> Option<String> {
        lock(&self.world).recreate_device(serial)
    }

    /// Removes a device as the owner would; false when there is none of that serial. A client that
    /// registered it is signed out.
    pub fn remove_device(&self, serial: &str) -> bool {
        lock(&self.world).remove_device(serial)
    }

    /// Loads media so that player commands work on a device; false when there is none of that
    /// serial.
    pub fn play(&self, request: &PlayRequest) -> bool {
        lock(&self.world).load_media(request)
    }

    /// Moves the clock forward. What was due meanwhile happens: delimiters, ends of tracks.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        lock(&self.world).advance_ms(by);
    }

    /// Moves the clock by seconds, also back.
    pub fn shift_clock(&self, seconds: i64) {
        lock(&self.world).advance_ms(seconds.saturating_mul(1000));
    }

    /// The account with its secrets.
    pub fn account(&self) -> AccountView {
        lock(&self.world).account_view()
    }

    /// The authenticator code of this moment.
    pub fn code(&self) -> CodeView {
        control::code(&lock(&self.world))
    }

    /// Devices that clients registered for themselves.
    pub fn registrations(&self) -> Vec<RegistrationView> {
        lock(&self.world).sessions.registrations.iter().map(|r| r.view.clone()).collect()
    }

    /// The apps in the owner's device list: what clients registered and nobody took off.
    pub fn apps(&self) -> Vec<DeviceView> {
        self.devices().into_iter().filter(|d| d.device_type == APP_DEVICE_TYPE).collect()
    }

    /// How often things happened.
    pub fn counters(&self) -> Counters {
        lock(&self.world).counters.clone()
    }

    /// Makes one kind of proof invalid.
    pub fn expire(&self, what: Expire) {
        lock(&self.world).expire(what);
    }

    /// Resolves when somebody asked for the end over the control interface.
    pub async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    /// Stops and waits until nothing listens any more.
    pub async fn stop(mut self) {
        self.stop.cancel();
        for task in self.tasks.drain(..) {
            let _ = task.await;
        }
        if let Some(folder) = self.folder.take() {
            let _ = folder.close();
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
