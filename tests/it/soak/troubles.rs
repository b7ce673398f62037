//! What befalls an account, and how it ends.

use amazon_simulator::{Fault, FaultKind, PushDrop};

use super::house::House;
use super::plan::Trouble;

const UNAVAILABLE: u16 = 503;

pub(super) fn begin(house: &House, trouble: Trouble) {
    let sim = &house.world.sim;
    match trouble {
        Trouble::Drop(how) => {
            sim.drop_push_streams(how);
        }
        Trouble::Expire(what) => sim.expire(what),
        Trouble::Throttle { disguise, calls } => {
            sim.fault(throttle(disguise).times(calls));
        }
        Trouble::Refused => {
            sim.knobs(|knobs| knobs.push_refuse = Some(UNAVAILABLE));
            sim.drop_push_streams(PushDrop::Close);
        }
        Trouble::Silent => sim.knobs(|knobs| knobs.push_silent = true),
        Trouble::Lost => sim.knobs(|knobs| knobs.push_events_lost = true),
        Trouble::Move(region) => {
            sim.knobs(|knobs| knobs.push_region = Some(region));
            sim.drop_push_streams(PushDrop::End);
        }
        Trouble::Outage => {
            sim.drop_push_streams(PushDrop::Close);
            sim.fault(Fault::on("", FaultKind::Close));
        }
    }
}

pub(super) fn end(house: &House, trouble: Trouble) {
    let sim = &house.world.sim;
    match trouble {
        Trouble::Refused => sim.knobs(|knobs| knobs.push_refuse = None),
        Trouble::Silent => sim.knobs(|knobs| knobs.push_silent = false),
        Trouble::Lost => {
            sim.knobs(|knobs| knobs.push_events_lost = false);
            // What was lost is nowhere but in the lists, and those may have hours to go.
            sim.drop_push_streams(PushDrop::End);
        }
        Trouble::Outage => sim.clear_faults(),
        _ => {}
    }
}

/// Nothing is wrong at Amazon any more.
pub(super) fn end_all(house: &House) {
    house.world.sim.clear_faults();
    for trouble in [Trouble::Refused, Trouble::Silent] {
        end(house, trouble);
    }
    end(house, Trouble::Lost);
}

/// All the ways in which Amazon asks for patience.
fn throttle(disguise: u32) -> Fault {
    let body = |text: &str| Fault::on("/api/", FaultKind::Body).status(200).body(text);
    match disguise {
        0 => Fault::on("/api/", FaultKind::Status).status(429),
        1 => Fault::on("/api/", FaultKind::RateExceeded),
        2 => body(r#"{"message":"Rate exceeded"}"#),
        3 => body(r#"{"message":"Too many requests"}"#),
        _ => {
            let mut fault = Fault::on("/api/", FaultKind::Status).status(UNAVAILABLE);
            fault.headers.insert("retry-after".to_owned(), "20".to_owned());
            fault
        }
    }
}
