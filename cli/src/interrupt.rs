//! Ctrl-C: the first asks the work to stop and clean up after itself, the second ends the process at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use oast_engine::host::CancelToken;

use crate::failure::Exit;

/// The token that Ctrl-C sets, and which signal it was.
#[derive(Debug)]
pub(crate) struct Interrupt {
    /// For the work that is to stop.
    pub(crate) token: CancelToken,
    signal: Arc<AtomicU8>,
}

impl Interrupt {
    /// Listens from now on.
    pub(crate) fn listen() -> Interrupt {
        let interrupt = Interrupt { token: CancelToken::default(), signal: Arc::default() };
        listen(interrupt.token.clone(), interrupt.signal.clone());
        interrupt
    }

    /// How the process ends, if somebody asked it to stop.
    pub(crate) fn exit(&self) -> Option<Exit> {
        match self.signal.load(Ordering::SeqCst) {
            0 => None,
            signal => Some(Exit::Signal(signal)),
        }
    }
}

#[cfg(unix)]
fn listen(token: CancelToken, seen: Arc<AtomicU8>) {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    // Without a listener a signal ends the process at once, as it does for any program.
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM, SIGHUP]) else { return };
    std::thread::spawn(move || {
        for signal in signals.forever() {
            if token.is_cancelled() {
                signal_hook::low_level::exit(128 + signal);
            }
            seen.store(u8::try_from(signal).unwrap_or_default(), Ordering::SeqCst);
            token.cancel();
        }
    });
}

#[cfg(not(unix))]
fn listen(_token: CancelToken, _seen: Arc<AtomicU8>) {}
