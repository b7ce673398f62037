//! What a process holds: memory, tasks, descriptors, files.

use std::fs;
use std::path::Path;

/// What was measured at the quiet point of a day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    pub(super) day: u32,
    /// Memory of the process in KiB.
    pub(super) memory: u64,
    /// Tasks of the runtime, those of the simulators included.
    pub(super) tasks: usize,
    /// Descriptors of the process.
    pub(super) descriptors: usize,
    /// Bytes of both sealed files.
    pub(super) sealed: u64,
    /// Files in both account folders.
    pub(super) files: usize,
}

/// Name and unit of a number, and where it is in a sample.
type Row = (&'static str, fn(&Sample) -> u64);

fn whole(number: usize) -> u64 {
    u64::try_from(number).unwrap()
}

/// All numbers of all days in one table.
#[allow(clippy::print_stdout)]
pub(super) fn print(samples: &[Sample]) {
    let rows: [Row; 5] = [
        ("memory, KiB", |one| one.memory),
        ("tasks", |one| whole(one.tasks)),
        ("descriptors", |one| whole(one.descriptors)),
        ("sealed files, bytes", |one| one.sealed),
        ("files", |one| whole(one.files)),
    ];
    println!("{:<22}{:>9}{:>9}{:>9}{:>9}{:>9}", "", "first", "least", "median", "most", "last");
    for (name, of) in rows {
        let mut numbers: Vec<u64> = samples.iter().map(of).collect();
        let (first, last) = (numbers[0], numbers[numbers.len() - 1]);
        numbers.sort_unstable();
        let (least, most) = (numbers[0], numbers[numbers.len() - 1]);
        let median = numbers[numbers.len() / 2];
        println!("{name:<22}{first:>9}{least:>9}{median:>9}{most:>9}{last:>9}");
    }
}

impl Sample {
    pub(super) fn take(day: u32, folders: &[&Path]) -> Self {
        let sealed = folders.iter().map(|folder| folder.join("session.sealed"));
        let files = folders.iter().map(|folder| fs::read_dir(folder).unwrap().count());
        Self {
            day,
            memory: resident(),
            tasks: alive(),
            descriptors: descriptors(),
            sealed: sealed.map(|file| fs::metadata(file).unwrap().len()).sum(),
            files: files.sum(),
        }
    }
}

/// Memory of this process in KiB.
fn resident() -> u64 {
    // Told in KiB, while `statm` counts pages, which are not of one size everywhere.
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches("kB").trim_end().parse().unwrap()
}

pub(super) fn alive() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}

pub(super) fn descriptors() -> usize {
    // The one for this list is among them.
    fs::read_dir("/proc/self/fd").unwrap().count() - 1
}
