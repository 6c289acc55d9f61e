//! Processor time, and which core a process runs on.

use std::io;
use std::time::Duration;

use rustix::thread::CpuSet;
use rustix::time::ClockId;

/// The part that a process has in a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Sends.
    Sender,
    /// Receives: all threads of the process, so that what it costs is what one core can do.
    Receiver,
}

/// Processor time of this process so far, user and system, all threads.
pub fn process_time() -> Duration {
    time(ClockId::ProcessCPUTime)
}

/// The same of this thread alone.
pub fn thread_time() -> Duration {
    time(ClockId::ThreadCPUTime)
}

fn time(clock: ClockId) -> Duration {
    let time = rustix::time::clock_gettime(clock);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or_default(),
        u32::try_from(time.tv_nsec).unwrap_or_default(),
    )
}

/// Keeps this thread, and those it starts, on the core of its part: the sender on the first one allowed, the receiver on the last one.
/// With a single core nothing is changed.
pub fn pin(part: Part) -> io::Result<()> {
    let allowed = rustix::thread::sched_getaffinity(None)?;
    if let Some(cpu) = choose(part, &allowed) {
        let mut one = CpuSet::new();
        one.set(cpu);
        rustix::thread::sched_setaffinity(None, &one)?;
    }
    Ok(())
}

fn choose(part: Part, allowed: &CpuSet) -> Option<usize> {
    let mut cpus = (0..CpuSet::MAX_CPU).filter(|cpu| allowed.is_set(*cpu));
    let first = cpus.next()?;
    let last = cpus.next_back()?;
    Some(match part {
        Part::Sender => first,
        Part::Receiver => last,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(cpus: &[usize]) -> CpuSet {
        let mut set = CpuSet::new();
        cpus.iter().for_each(|cpu| set.set(*cpu));
        set
    }

    #[test]
    fn parts_have_different_cores() {
        for cpus in [&[0, 1][..], &[3, 5, 9]] {
            let allowed = set(cpus);
            assert_eq!(choose(Part::Sender, &allowed), cpus.first().copied());
            assert_eq!(choose(Part::Receiver, &allowed), cpus.last().copied());
        }
    }

    #[test]
    fn a_single_core_is_shared() {
        assert_eq!(choose(Part::Sender, &set(&[2])), None);
        assert_eq!(choose(Part::Receiver, &set(&[2])), None);
    }

    #[test]
    fn work_takes_processor_time() {
        let before = process_time();
        while process_time() < before + Duration::from_millis(2) {
            std::hint::spin_loop();
        }
    }
}
