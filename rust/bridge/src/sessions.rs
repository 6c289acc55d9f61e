//! The open sessions. A handle is a number that is never used again, so that a stale one is simply not found.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};

use parking_lot::Mutex;
use websocket_engine::{Error, Memory, Session, TlsMaterial};

static NEXT_HANDLE: AtomicI64 = AtomicI64::new(1);
/// For all tasks of the worker, as far as they share this copy of the library.
static MEMORY: LazyLock<Arc<Memory>> = LazyLock::new(|| Arc::new(Memory::unlimited()));
static SESSIONS: Mutex<Option<HashMap<i64, Arc<Session>>>> = Mutex::new(None);

/// Opens a session; its handle also marks its log lines.
pub fn open(settings_json: &str, material: TlsMaterial) -> Result<i64, Error> {
    let handle = NEXT_HANDLE.fetch_add(1, Ordering::Relaxed);
    let session = Session::open(handle, settings_json, material, Arc::clone(&MEMORY))?;
    SESSIONS
        .lock()
        .get_or_insert_default()
        .insert(handle, Arc::new(session));
    Ok(handle)
}

/// The session of a handle.
pub fn get(handle: i64) -> Result<Arc<Session>, Error> {
    SESSIONS
        .lock()
        .as_ref()
        .and_then(|open| open.get(&handle).cloned())
        .ok_or(Error::Closed)
}

/// Takes a session out; `None` if its handle is stale.
pub fn remove(handle: i64) -> Option<Arc<Session>> {
    SESSIONS.lock().as_mut()?.remove(&handle)
}
