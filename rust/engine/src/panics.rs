//! A panic ends what it hit and nothing else; its text and place are kept.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

thread_local! {
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps each panic's text and place for [`catch`] and [`text`], instead of printing them.
pub fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| panic::set_hook(Box::new(keep)));
}

fn keep(info: &PanicHookInfo<'_>) {
    let place = info
        .location()
        .map(|place| format!(" at {}:{}", place.file(), place.line()))
        .unwrap_or_default();
    let text = format!("{}{place}", payload_text(info.payload()));
    if cfg!(test) {
        eprintln!("{text}");
    }
    LAST.with(|last| *last.borrow_mut() = Some(text));
}

/// Runs `body`; a panic in it becomes its text and place.
pub fn catch<T>(body: impl FnOnce() -> T) -> Result<T, String> {
    panic::catch_unwind(AssertUnwindSafe(body)).map_err(|payload| text(payload.as_ref()))
}

/// The text and place of the panic that this thread has just caught.
#[must_use]
pub fn text(payload: &(dyn Any + Send)) -> String {
    LAST.with(|last| last.borrow_mut().take())
        .unwrap_or_else(|| payload_text(payload))
}

fn payload_text(payload: &dyn Any) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a text".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_place_are_kept() {
        install();
        let number = 7;
        let text = catch(|| panic!("broken {number}")).expect_err("a panic");
        assert!(
            text.starts_with("broken 7 at ") && text.contains("panics.rs:"),
            "{text}"
        );
        let text = catch(|| panic!("plain")).expect_err("a panic");
        assert!(text.starts_with("plain at "), "{text}");
        assert_eq!(catch(|| 1), Ok(1));
    }
}
