//! Real-time scheduling and locked memory, where the system permits them.
//!
//! Nothing here is needed for correctness: without it the recorder works and may lose frames on a
//! loaded machine. So a refusal is a value to be shown, never an error that stops recording.

use rustix::mm::{MlockAllFlags, mlockall};
use rustix::process::{Resource, getrlimit};
use rustix::thread::{CapabilitySet, capabilities};
use thread_priority::{
    RealtimeThreadSchedulePolicy, ThreadPriority, ThreadPriorityValue, ThreadSchedulePolicy,
    set_thread_priority_and_policy, thread_native_id,
};

/// `SCHED_FIFO` priority of a capture thread: above every ordinary task, below the kernel's
/// interrupt threads (50 on a preemptible kernel), on which it waits.
pub const CAPTURE_PRIORITY: u8 = 40;

/// Real time was not granted; recording goes on without it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RealtimeWarning {
    /// The thread stays in the ordinary scheduling class.
    #[error(
        "capture threads run without real-time priority ({0}): frames may be lost under load; \
         give the service LimitRTPRIO={CAPTURE_PRIORITY} or CAP_SYS_NICE"
    )]
    Priority(String),
    /// Pages may be swapped out.
    #[error(
        "memory is not locked ({0}): audio may reach the swap; give the service \
         LimitMEMLOCK=infinity, or MemorySwapMax=0"
    )]
    Memory(String),
}

/// Gives the calling thread `SCHED_FIFO` at [`CAPTURE_PRIORITY`].
pub fn promote_this_thread() -> Result<(), RealtimeWarning> {
    let policy = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Fifo);
    let refused = |error: &dyn std::fmt::Debug| RealtimeWarning::Priority(format!("{error:?}"));
    let priority =
        ThreadPriorityValue::try_from(CAPTURE_PRIORITY).map_err(|error| refused(&error))?;
    set_thread_priority_and_policy(
        thread_native_id(),
        ThreadPriority::Crossplatform(priority),
        policy,
    )
    .map_err(|error| refused(&error))
}

/// Keeps the pages of the whole process in memory, each from its first use on. Called once, before
/// threads are started.
///
/// Only tried where no limit applies: under a limit the lock would make later allocations fail.
pub fn lock_memory() -> Result<(), RealtimeWarning> {
    let unlimited = getrlimit(Resource::Memlock).current.is_none();
    let capable =
        capabilities(None).is_ok_and(|sets| sets.effective.contains(CapabilitySet::IPC_LOCK));
    if !(unlimited || capable) {
        return Err(RealtimeWarning::Memory(
            "a limit on locked memory applies".to_owned(),
        ));
    }
    let all = MlockAllFlags::CURRENT | MlockAllFlags::FUTURE;
    mlockall(all | MlockAllFlags::ONFAULT)
        .map_err(|error| RealtimeWarning::Memory(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::mm::munlockall;
    use thread_priority::{ThreadSchedulePolicy as Policy, thread_schedule_policy};

    #[test]
    fn promotion_is_granted_or_says_what_to_do() {
        std::thread::spawn(|| match promote_this_thread() {
            Ok(()) => assert_eq!(
                thread_schedule_policy().unwrap(),
                Policy::Realtime(RealtimeThreadSchedulePolicy::Fifo)
            ),
            Err(warning) => assert!(warning.to_string().contains("LimitRTPRIO"), "{warning}"),
        })
        .join()
        .unwrap();
    }

    #[test]
    fn memory_is_locked_or_it_says_what_to_do() {
        let locked = lock_memory();
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        munlockall().unwrap();
        let line = status.lines().find(|line| line.starts_with("VmLck:"));
        let nothing = line.unwrap().split_whitespace().nth(1) == Some("0");
        match locked {
            Ok(()) => assert!(!nothing, "{line:?}"),
            Err(warning) => {
                assert!(nothing, "{line:?}");
                assert!(warning.to_string().contains("LimitMEMLOCK"), "{warning}");
            }
        }
    }
}
