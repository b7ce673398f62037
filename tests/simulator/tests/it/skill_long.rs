//! Several Echos at once, for long.

use std::time::{Duration, Instant};

use crate::skill_double::{Stage, answer, nothing, play};

/// The longest gap between what a clock says and what is heard: one frame.
const FRAME: Duration = Duration::from_millis(36);
const ITEM_S: u64 = 40;

/// Plays items of 40 s on four Echos and listens every second; what a second took of the machine.
async fn listen(seconds: u64) -> (Duration, Duration) {
    let stage = Stage::new().await;
    stage.double.answer(|asked| match asked["request"]["type"].as_str().unwrap() {
        "LaunchRequest" => answer(&[play("REPLACE_ALL", "0", ITEM_S, None)]),
        "AudioPlayer.PlaybackNearlyFinished" => {
            let token = asked["request"]["token"].as_str().unwrap();
            let next = (token.parse::<u64>().unwrap() + 1).to_string();
            answer(&[play("ENQUEUE", &next, ITEM_S, Some(token))])
        }
        _ => nothing(),
    });
    let serials = stage.simulator.populate(4);
    for serial in &serials {
        stage.simulator.say(serial, "open music assistant");
    }
    let sim = &stage.simulator;
    stage.until(|_| serials.iter().all(|serial| sim.audible(serial).is_some())).await;
    stage.settle().await;
    // An item ends with a whole frame.
    let item = FRAME * u32::try_from(ITEM_S * 1000).unwrap().div_ceil(36);
    let (mut inside, begun) = (Duration::ZERO, Instant::now());
    for second in 1..=seconds {
        let advance = Instant::now();
        sim.advance(Duration::from_secs(1));
        inside += advance.elapsed();
        let (mut last, mut quiet) = (sim.counters().skill_bytes, 0);
        while quiet < 12 {
            for _ in 0..70 {
                tokio::task::yield_now().await;
            }
            let now = sim.counters();
            let now = now.skill_bytes + now.skill_requests + now.skill_answers;
            quiet = if now == last { quiet + 1 } else { 0 };
            last = now;
        }
        for serial in &serials {
            let heard = sim.audible(serial).unwrap();
            let number: u32 = heard.item.parse().unwrap();
            let heard = item * number + heard.position;
            let gap = Duration::from_secs(second).abs_diff(heard);
            assert!(gap <= FRAME, "{serial} after {second} s: {gap:?}");
        }
    }
    assert_eq!(sim.counters().skill_stalls, 0);
    let steps = u32::try_from(seconds).unwrap();
    (inside / steps, begun.elapsed() / steps)
}

#[tokio::test]
async fn four_echos_play_on_at_once() {
    listen(90).await;
}

#[tokio::test]
#[ignore = "takes long; says what a simulated second costs"]
async fn four_echos_play_for_three_hours() {
    let (inside, whole) = listen(3 * 3600).await;
    println!("{inside:?} in the simulator, {whole:?} with the network and the waiting");
}
