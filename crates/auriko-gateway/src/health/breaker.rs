//! A circuit breaker: who keeps failing is left alone for a while, then tried by one request at a time.

use std::time::Duration;

/// Failures in a row after which it opens. A guess; one or two happen to everybody.
const THRESHOLD: u32 = 3;
/// The first cool-down; each further one without a success between is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// Longest cool-down that we come up with ourselves.
const LONGEST_PAUSE: Duration = Duration::from_secs(120);
/// Longest cool-down that a provider may ask for; a date in a far future would lock it out for good.
const LONGEST_WISH: Duration = Duration::from_secs(3600);
/// A trial that was not heard of for so long does not keep others from trying.
const TRIAL_LIMIT: Duration = Duration::from_secs(600);

/// The state of one offering under one key. Times are Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Breaker {
    /// Failures since the last success.
    failures: u32,
    /// Cool-downs since the last success.
    pauses: u32,
    /// Left alone until then. 0: it never was.
    open_until_ms: u64,
    /// The provider asked to be left alone until then. 0: it never did.
    wished_until_ms: u64,
    /// When the trial in progress began.
    trial_since_ms: Option<u64>,
}

/// How long something is left alone, as replicas tell each other. Times are Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pause {
    pub(super) until_ms: u64,
    /// Until when the provider asked for it; 0 if it did not.
    pub(super) wished_until_ms: u64,
}

/// Whether an attempt may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Nothing speaks against it.
    Free,
    /// It cooled down; this attempt finds out whether it recovered. Its end must be reported.
    Trial,
    /// It cools down, or somebody else is finding out: take others first.
    Held,
    /// The provider asked to be left alone.
    Barred,
}

/// How an attempt ended, as far as its provider is to blame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Healthy,
    /// `wait`: what the provider asked for.
    Failing {
        wait: Option<Duration>,
    },
    /// It will go on failing until somebody acts: there is nothing to be gained from further attempts.
    Broken,
    /// It says nothing about the provider.
    Unknown,
}

impl Breaker {
    pub(super) fn admit(&mut self, now_ms: u64) -> Admission {
        if self.open_until_ms == 0 {
            return Admission::Free;
        }
        let trial_limit_ms = milliseconds(TRIAL_LIMIT);
        let is_trying =
            self.trial_since_ms.is_some_and(|since| now_ms.saturating_sub(since) < trial_limit_ms);
        if now_ms < self.wished_until_ms {
            return Admission::Barred;
        }
        if now_ms < self.open_until_ms || is_trying {
            return Admission::Held;
        }
        self.trial_since_ms = Some(now_ms);
        Admission::Trial
    }

    /// Notes the end of an attempt. `is_trial`: it was admitted as one.
    pub(super) fn note(&mut self, verdict: Verdict, is_trial: bool, now_ms: u64) {
        if is_trial {
            self.trial_since_ms = None;
        }
        match verdict {
            Verdict::Unknown => {}
            // What began before the trouble says nothing about it; a trial does.
            Verdict::Healthy if self.open_until_ms > 0 && !is_trial => {}
            Verdict::Healthy => *self = Self::default(),
            Verdict::Failing { wait } => {
                self.failures = self.failures.saturating_add(1);
                let wait = wait.map(|wait| now_ms + milliseconds(wait.min(LONGEST_WISH)));
                let is_open = now_ms < self.open_until_ms;
                if !is_open && (is_trial || self.open_until_ms > 0 || self.failures >= THRESHOLD) {
                    self.open(now_ms);
                }
                self.wished_until_ms = self.wished_until_ms.max(wait.unwrap_or(0));
                self.open_until_ms = self.open_until_ms.max(self.wished_until_ms);
            }
            Verdict::Broken if now_ms < self.open_until_ms => {}
            Verdict::Broken => self.open(now_ms),
        }
    }

    /// Takes over what a replica found out, and returns whether the cool-down changed. What has passed says nothing.
    pub(super) fn hear(&mut self, pause: Pause, now_ms: u64) -> bool {
        let wished_until_ms = self.wished_until_ms.max(pause.wished_until_ms);
        let is_news = pause.until_ms > self.open_until_ms || wished_until_ms > self.wished_until_ms;
        if pause.until_ms <= now_ms || !is_news {
            return false;
        }
        self.open_until_ms = self.open_until_ms.max(pause.until_ms);
        self.wished_until_ms = wished_until_ms;
        true
    }

    pub(super) fn pause(&self) -> Option<Pause> {
        let until_ms = self.open_until_ms()?;
        Some(Pause { until_ms, wished_until_ms: self.wished_until_ms })
    }

    /// Left alone until then; `None`: it is not.
    pub(super) fn open_until_ms(&self) -> Option<u64> {
        (self.open_until_ms > 0).then_some(self.open_until_ms)
    }

    /// Whether there is nothing to remember.
    pub(super) fn is_at_rest(&self) -> bool {
        *self == Self::default()
    }

    fn open(&mut self, now_ms: u64) {
        let doublings = self.pauses.min(16);
        self.pauses = self.pauses.saturating_add(1);
        let pause = FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE);
        self.open_until_ms = now_ms + milliseconds(pause);
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FAILING: Verdict = Verdict::Failing { wait: None };

    fn opened(now_ms: u64) -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..THRESHOLD {
            assert_eq!(breaker.admit(now_ms), Admission::Free);
            breaker.note(FAILING, false, now_ms);
        }
        breaker
    }

    #[test]
    fn it_opens_after_failures_in_a_row_only() {
        let mut breaker = Breaker::default();
        for verdict in [FAILING, FAILING, Verdict::Healthy, FAILING, Verdict::Unknown, FAILING] {
            breaker.note(verdict, false, 1000);
            assert_eq!(breaker.admit(1000), Admission::Free);
        }
        breaker.note(FAILING, false, 1000);
        assert_eq!((breaker.admit(1000), breaker.open_until_ms()), (Admission::Held, Some(3000)));
    }

    #[test]
    fn one_at_a_time_finds_out_whether_it_recovered() {
        let mut breaker = opened(1000);
        assert_eq!(breaker.admit(2999), Admission::Held);
        assert_eq!((breaker.admit(3000), breaker.admit(3000)), (Admission::Trial, Admission::Held));
        // A straggler from before the trouble closes nothing.
        breaker.note(Verdict::Healthy, false, 3001);
        assert_eq!(breaker.admit(3001), Admission::Held);
        // Twice the pause after a trial that failed.
        breaker.note(FAILING, true, 3100);
        assert_eq!((breaker.admit(7099), breaker.admit(7100)), (Admission::Held, Admission::Trial));
        // A trial that was given up leaves room for the next.
        breaker.note(Verdict::Unknown, true, 7200);
        assert_eq!(breaker.admit(7200), Admission::Trial);
        breaker.note(Verdict::Healthy, true, 7300);
        assert!(breaker.is_at_rest() && breaker.admit(7300) == Admission::Free);
    }

    #[test]
    fn wishes_of_the_provider_are_kept_within_reason() {
        let wait = |seconds| Verdict::Failing { wait: Some(Duration::from_secs(seconds)) };
        let mut breaker = Breaker::default();
        breaker.note(wait(7), false, 1000);
        assert_eq!((breaker.admit(7999), breaker.admit(8000)), (Admission::Barred, Admission::Trial));
        let mut breaker = Breaker::default();
        breaker.note(wait(u64::MAX), false, 1000);
        assert_eq!(breaker.open_until_ms(), Some(1000 + 3_600_000));
        let mut breaker = Breaker::default();
        breaker.note(Verdict::Broken, false, 1000);
        assert_eq!(breaker.admit(1000), Admission::Held);
    }

    #[test]
    fn pauses_grow_up_to_a_limit() {
        let mut breaker = opened(1000);
        let mut pauses = Vec::new();
        for _ in 0..8 {
            let now = breaker.open_until_ms().expect("open");
            assert_eq!(breaker.admit(now), Admission::Trial);
            breaker.note(FAILING, true, now);
            pauses.push((breaker.open_until_ms().expect("open") - now) / 1000);
        }
        assert_eq!(pauses, [4, 8, 16, 32, 64, 120, 120, 120]);
    }

    #[test]
    fn what_another_replica_found_out_counts_until_it_is_over() {
        let pause = |until_ms, wished_until_ms| Pause { until_ms, wished_until_ms };
        let mut breaker = Breaker::default();
        assert!(!breaker.hear(pause(900, 900), 1000), "it has passed");
        assert!(breaker.hear(pause(5000, 0), 1000) && !breaker.hear(pause(5000, 0), 1000));
        assert_eq!(breaker.admit(1000), Admission::Held);
        assert!(breaker.hear(pause(5000, 3000), 1000));
        assert_eq!((breaker.admit(2999), breaker.admit(3000)), (Admission::Barred, Admission::Held));
        assert_eq!(breaker.pause(), Some(pause(5000, 3000)));
        // One at a time finds out whether it is over, here too.
        assert_eq!((breaker.admit(5000), breaker.admit(5000)), (Admission::Trial, Admission::Held));
        breaker.note(Verdict::Healthy, true, 5000);
        assert!(breaker.is_at_rest());
    }

    #[derive(Debug, Clone)]
    enum Step {
        Attempt,
        End(Verdict),
        Wait(u32),
    }

    fn step() -> impl Strategy<Value = Step> {
        let verdict = prop_oneof![
            Just(Verdict::Healthy),
            Just(FAILING),
            Just(Verdict::Broken),
            Just(Verdict::Unknown),
            (0u64..10_000).prop_map(|seconds| Verdict::Failing { wait: Some(Duration::from_secs(seconds)) }),
        ];
        prop_oneof![Just(Step::Attempt), verdict.prop_map(Step::End), (0u32..200_000).prop_map(Step::Wait)]
    }

    proptest! {
        /// Whatever happened: after the longest cool-down and trial somebody is let through, and if that goes well,
        /// everybody is.
        #[test]
        fn nobody_is_shut_out_for_good(steps in proptest::collection::vec(step(), 0..60)) {
            let (mut breaker, mut now) = (Breaker::default(), 1);
            let mut running = Vec::new();
            for step in steps {
                match step {
                    Step::Attempt => match breaker.admit(now) {
                        Admission::Held | Admission::Barred => {}
                        admission => running.push(admission == Admission::Trial),
                    },
                    Step::End(verdict) => {
                        if let Some(is_trial) = running.pop() {
                            breaker.note(verdict, is_trial, now);
                        }
                    }
                    Step::Wait(milliseconds) => now += u64::from(milliseconds),
                }
            }
            now += milliseconds(LONGEST_WISH) + milliseconds(TRIAL_LIMIT);
            let admission = breaker.admit(now);
            prop_assert!(matches!(admission, Admission::Free | Admission::Trial));
            breaker.note(Verdict::Healthy, admission == Admission::Trial, now);
            prop_assert_eq!(breaker.admit(now), Admission::Free);
        }
    }
}
