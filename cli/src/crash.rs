//! What a person sees when Oast itself is wrong.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::Write as _;
use std::panic;
use std::sync::Once;

/// Says after a panic's own message that the fault is not the user's. `RUST_BACKTRACE` works as everywhere.
pub(crate) fn install_hook() {
    static ONCE: Once = Once::new();
    let message_and_backtrace = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        message_and_backtrace(info);
        ONCE.call_once(|| {
            // Where standard error is gone there is nobody to tell.
            _ = std::io::stderr().write_all(explanation().as_bytes());
        });
    }));
}

fn explanation() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut text = format!(
        "\nerror: this is a bug in Oast {version}, not a mistake of yours\n\n\
         hint: please report it in Oast's issue tracker, with the lines above and the command\n"
    );
    if Backtrace::capture().status() != BacktraceStatus::Captured {
        text += "hint: with `RUST_BACKTRACE=1` in the environment, the lines above say more\n";
    }
    text
}

#[cfg(test)]
mod tests {
    use super::explanation;

    #[test]
    fn a_bug_of_ours_is_told_with_the_version_and_what_to_do() {
        let text = explanation();
        assert!(text.contains(concat!("a bug in Oast ", env!("CARGO_PKG_VERSION"))), "{text}");
        assert!(text.contains("please report it"), "{text}");
    }
}
