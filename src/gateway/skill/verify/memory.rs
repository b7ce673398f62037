//! Requests that came before.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, SystemTime};

use axum::body::Bytes;

/// How long a request is remembered at least (*chosen*: twice the window of its time).
const LIFE: Duration = Duration::from_secs(300);
/// How long its answer is given again (*chosen*): Alexa itself waits 8 s for one, so that whoever
/// asks later is someone who overheard it.
const RETRY: Duration = Duration::from_secs(15);
/// Most requests that are remembered (*chosen*). Only genuine ones get here, a few per minute.
const MOST: usize = 4_096;
/// Most answers that are kept (*chosen*).
const MOST_ANSWERS: usize = 64;
/// Largest answer that is kept (*documented*: Alexa takes 120 KiB).
const LARGEST_ANSWER: usize = 120 * 1024;

/// Requests by their id, with their answers.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// When each came first.
    known: HashMap<String, SystemTime>,
    /// Until when each is remembered, oldest first.
    order: VecDeque<(String, SystemTime)>,
    /// Oldest first.
    answers: VecDeque<(String, Bytes)>,
}

/// What is known of a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// Nothing; it is remembered from now on.
    Never,
    /// It was answered just now.
    Answered(Bytes),
    /// It is being worked on.
    Pending,
    /// It came too long ago for a retry.
    Before,
}

impl Memory {
    /// Looks a request up and remembers it, at least as long as its time passes.
    pub(super) fn meet(&mut self, id: &str, good_until: SystemTime, now: SystemTime) -> Seen {
        self.forget(now);
        if let Some(came) = self.known.get(id) {
            if !is_retry(*came, now) {
                return Seen::Before;
            }
            let answer = self.answers.iter().find(|(other, _)| other == id);
            return answer.map_or(Seen::Pending, |(_, answer)| Seen::Answered(answer.clone()));
        }
        while self.order.len() >= MOST {
            self.drop_oldest();
        }
        self.known.insert(id.to_owned(), now);
        self.order.push_back((id.to_owned(), good_until.max(now + LIFE)));
        Seen::Never
    }

    /// Keeps the answer for a retry.
    pub(super) fn answered(&mut self, id: &str, answer: Bytes) {
        if !self.known.contains_key(id) || answer.len() > LARGEST_ANSWER {
            return;
        }
        if self.answers.len() >= MOST_ANSWERS {
            self.answers.pop_front();
        }
        self.answers.push_back((id.to_owned(), answer));
    }

    fn forget(&mut self, now: SystemTime) {
        // One that is remembered for an hour keeps those behind it as well, which does no harm.
        while self.order.front().is_some_and(|(_, until)| *until < now) {
            self.drop_oldest();
        }
        let known = &self.known;
        self.answers.retain(|(id, _)| known.get(id).is_some_and(|came| is_retry(*came, now)));
    }

    fn drop_oldest(&mut self) {
        if let Some((id, _)) = self.order.pop_front() {
            self.known.remove(&id);
        }
    }
}

fn is_retry(came: SystemTime, now: SystemTime) -> bool {
    now.duration_since(came).is_ok_and(|since| since <= RETRY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::from_unix;

    fn at(seconds: u64) -> SystemTime {
        from_unix(1_000_000 + seconds)
    }

    #[test]
    fn s_x4_a_request_is_answered_again_for_a_retry_and_never_taken_twice() {
        let mut memory = Memory::default();
        assert_eq!(memory.meet("a", at(150), at(0)), Seen::Never);
        assert_eq!(memory.meet("a", at(150), at(1)), Seen::Pending);
        memory.answered("a", Bytes::from_static(b"answer"));
        let answered = Seen::Answered(Bytes::from_static(b"answer"));
        assert_eq!(memory.meet("a", at(150), at(2)), answered);
        assert_eq!(memory.meet("a", at(150), at(15)), answered);
        assert_eq!(memory.meet("a", at(150), at(16)), Seen::Before);
        assert_eq!(memory.meet("a", at(150), at(300)), Seen::Before);
        // Nor is it by a clock that went back.
        assert_eq!(memory.meet("a", at(150), at(0) - Duration::from_secs(60)), Seen::Before);
        assert_eq!(memory.meet("b", at(150), at(300)), Seen::Never);
        assert_eq!(memory.meet("a", at(150), at(301)), Seen::Never);
    }

    #[test]
    fn a_late_event_is_remembered_as_long_as_its_time_passes() {
        let mut memory = Memory::default();
        assert_eq!(memory.meet("event", at(3_600), at(0)), Seen::Never);
        assert_eq!(memory.meet("other", at(150), at(1)), Seen::Never);
        assert_eq!(memory.meet("event", at(3_600), at(3_600)), Seen::Before);
        assert_eq!(memory.meet("event", at(3_600), at(3_601)), Seen::Never);
        assert_eq!(memory.order.len(), 1);
    }

    #[test]
    fn memory_is_bounded() {
        let mut memory = Memory::default();
        for number in 0..(MOST as u64 * 2) {
            let id = number.to_string();
            assert_eq!(memory.meet(&id, at(150), at(0)), Seen::Never);
            memory.answered(&id, Bytes::new());
            assert_eq!(memory.meet(&id, at(150), at(0)), Seen::Answered(Bytes::new()));
        }
        assert_eq!((memory.known.len(), memory.order.len()), (MOST, MOST));
        assert_eq!(memory.answers.len(), MOST_ANSWERS);
        assert_eq!(memory.meet("large", at(150), at(0)), Seen::Never);
        memory.answered("large", Bytes::from(vec![0; LARGEST_ANSWER + 1]));
        assert_eq!(memory.meet("large", at(150), at(0)), Seen::Pending);
        memory.answered("never came", Bytes::new());
        assert_eq!(memory.known.len(), MOST);
        assert_eq!(memory.meet("new", at(900), at(600)), Seen::Never);
        let sizes = (memory.known.len(), memory.order.len(), memory.answers.len());
        assert_eq!(sizes, (1, 1, 0));
    }
}
