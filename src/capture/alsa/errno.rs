//! What an error number of ALSA means for a capture: pure, so that it can be tested.

use alsa::pcm::State;

/// What to do about an error.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Trouble {
    /// EINTR, EAGAIN: nothing happened; ask again.
    Again,
    /// EPIPE: the driver's buffer ran over. Prepare and start again, count what is missing.
    Overrun,
    /// ESTRPIPE: the machine slept. Resume, prepare and start again, count what is missing.
    Suspended,
    /// Anything else. Cards that are pulled out answer ENODEV, and at first sometimes EIO while
    /// their state still reads Running: close, and open again with back-off.
    Gone,
}

impl Trouble {
    /// Classifies a positive error number.
    pub(super) fn of(errno: i32) -> Self {
        match errno {
            libc::EINTR | libc::EAGAIN => Self::Again,
            libc::EPIPE => Self::Overrun,
            libc::ESTRPIPE => Self::Suspended,
            _ => Self::Gone,
        }
    }

    /// What a stream in such a state would answer when read. A read of nothing answers nothing,
    /// so the state is asked as well.
    pub(super) fn errno_of(state: State) -> Option<i32> {
        match state {
            State::XRun => Some(libc::EPIPE),
            State::Suspended => Some(libc::ESTRPIPE),
            State::Disconnected => Some(libc::ENODEV),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_four_errors_leave_the_device_open() {
        let open: Vec<i32> = (1..200)
            .filter(|&errno| Trouble::of(errno) != Trouble::Gone)
            .collect();
        let mut expected = [libc::EINTR, libc::EAGAIN, libc::EPIPE, libc::ESTRPIPE];
        expected.sort_unstable();
        assert_eq!(open, expected);
        assert_eq!(Trouble::of(libc::EPIPE), Trouble::Overrun);
        assert_eq!(Trouble::of(libc::ESTRPIPE), Trouble::Suspended);
    }

    #[test]
    fn states_answer_as_reads_do() {
        let trouble = |state| Trouble::errno_of(state).map(Trouble::of);
        assert_eq!(trouble(State::XRun), Some(Trouble::Overrun));
        assert_eq!(trouble(State::Suspended), Some(Trouble::Suspended));
        assert_eq!(trouble(State::Disconnected), Some(Trouble::Gone));
        assert_eq!(trouble(State::Running), None);
    }

    #[test]
    fn an_unplugged_card_is_gone_whichever_way_it_says_so() {
        for errno in [libc::ENODEV, libc::EIO, libc::EBADFD, libc::ENXIO, 524] {
            assert_eq!(Trouble::of(errno), Trouble::Gone);
        }
    }
}
