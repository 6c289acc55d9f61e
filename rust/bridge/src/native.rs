//! `Native`: the native methods. What each does: docs/DESIGN.md, "Boundary".

use std::time::Duration;

use jni::objects::{JByteArray, JClass, JLongArray, JObjectArray, JString};
use jni::sys::{jint, jlong};
use jni::{Env, NativeMethod, native_method};
use websocket_engine::session::PollError;
use websocket_engine::settings::{Problem, Settings};
use websocket_engine::stats::STATS;
use websocket_engine::trial::{self, Depth};
use websocket_engine::{Error, Polled, TlsMaterial, logs, panic_points, resolver};
use zeroize::Zeroizing;

use crate::native_exception::{Failure, Throw};
use crate::sessions;

type Result<T> = std::result::Result<T, Failure>;
type Strings<'local> = JObjectArray<'local, JString<'local>>;
type Arrays<'local> = JObjectArray<'local, JByteArray<'local>>;

/// What `poll` answers where events wait, in place of a size.
const EVENTS: jint = jint::MIN;
/// What `poll` answers where settings are wanted, in place of a size.
const SETTINGS_WANTED: jint = jint::MIN + 1;

/// The table that `JNI_OnLoad` registers.
pub const METHODS: [NativeMethod; 13] = [
    native_method! { static fn version() -> JString, error_policy = Throw },
    native_method! { static fn check(settings_json: JString) -> JString[], error_policy = Throw },
    native_method! { static fn dial(settings_json: JString, trust_anchors: jbyte[][], client_identity: jbyte[][], depth: JString) -> JString[], error_policy = Throw },
    native_method! { static fn open(settings_json: JString, trust_anchors: jbyte[][], client_identity: jbyte[][]) -> jlong, error_policy = Throw },
    native_method! { static fn poll(handle: jlong, batch: jbyte[], timeout_millis: jlong) -> jint, error_policy = Throw },
    native_method! { static fn take_events(handle: jlong) -> JString[], error_policy = Throw },
    native_method! { static fn refresh(handle: jlong, settings_json: JString, trust_anchors: jbyte[][], client_identity: jbyte[][]), error_policy = Throw },
    native_method! { static fn stats(handle: jlong, into: jlong[]), error_policy = Throw },
    native_method! { static fn texts(handle: jlong) -> JString[], error_policy = Throw },
    native_method! { static fn pause_if_unpolled(handle: jlong, millis: jlong), error_policy = Throw },
    native_method! { static fn take_logs(timeout_millis: jlong) -> jbyte[], error_policy = Throw },
    native_method! { static fn log_levels(level: jint, wire: jint), error_policy = Throw },
    native_method! { static fn close(handle: jlong, into: jlong[]), error_policy = Throw },
];

fn version<'local>(env: &mut Env<'local>, _class: JClass<'local>) -> Result<JString<'local>> {
    panic_points::pass("version", "");
    Ok(env.new_string(env!("CARGO_PKG_VERSION"))?)
}

fn check<'local>(
    env: &mut Env<'local>,
    _class: JClass<'local>,
    settings_json: JString<'local>,
) -> Result<Strings<'local>> {
    panic_points::pass("check", "");
    let settings_json = Zeroizing::new(settings_json.try_to_string(env)?);
    strings(env, &Settings::problems(&settings_json))
}

fn dial<'local>(
    env: &mut Env<'local>,
    _class: JClass<'local>,
    settings_json: JString<'local>,
    trust_anchors: Arrays<'local>,
    client_identity: Arrays<'local>,
    depth: JString<'local>,
) -> Result<Strings<'local>> {
    let settings_json = Zeroizing::new(settings_json.try_to_string(env)?);
    let material = material(env, &trust_anchors, &client_identity)?;
    let depth = depth.try_to_string(env)?;
    let depth = Depth::parse(&depth)
        .ok_or_else(|| Error::Config("websocket.validate.connect is no depth to dial to".into()))?;
    let problems = trial::dial(&settings_json, material, depth, resolver::system())?;
    let problems: Vec<String> = problems.iter().map(Problem::to_string).collect();
    strings(env, &problems)
}

fn open<'local>(
    env: &mut Env<'local>,
    _class: JClass<'local>,
    settings_json: JString<'local>,
    trust_anchors: Arrays<'local>,
    client_identity: Arrays<'local>,
) -> Result<jlong> {
    let settings_json = Zeroizing::new(settings_json.try_to_string(env)?);
    let material = material(env, &trust_anchors, &client_identity)?;
    Ok(sessions::open(&settings_json, material)?)
}

fn poll<'local>(
    env: &mut Env<'local>,
    _class: JClass<'local>,
    handle: jlong,
    batch: JByteArray<'local>,
    timeout_millis: jlong,
) -> Result<jint> {
    let session = sessions::get(handle)?;
    panic_points::pass("poll", session.connector());
    let capacity = batch.len(env)?;
    let polled = session.poll(millis(timeout_millis), capacity, |offset, records| {
        batch.set_region(env, array_size(offset), bytemuck::cast_slice(records))
    });
    match polled {
        Ok(Polled::Bytes(bytes)) => Ok(array_size(bytes)),
        Ok(Polled::Needs(bytes)) => Ok(-array_size(bytes)),
        Ok(Polled::Events) => Ok(EVENTS),
        Ok(Polled::SettingsWanted) => Ok(SETTINGS_WANTED),
        Err(PollError::Session(error)) => Err(error.into()),
        Err(PollError::Sink(error)) => Err(error.into()),
    }
}

fn take_events<'local>(
    env: &mut Env<'local>,
    _class: JClass<'local>,
    handle: jlong,
) -> Result<Strings<'local>> {
    let session = sessions::get(handle)?;
    panic_points::pass("take-events", session.connector());
    strings(env, &session.take_events())
}

fn refresh<'local>(
    env: &mut Env<'local>,
    _class: JClass<'local>,
    handle: jlong,
    settings_json: JString<'local>,
    trust_anchors: Arrays<'local>,
    client_identity: Arrays<'local>,
) -> Result<()> {
    let session = sessions::get(handle)?;
    panic_points::pass("refresh", session.connector());
    let settings_json = Zeroizing::new(settings_json.try_to_string(env)?);
    let material = material(env, &trust_anchors, &client_identity)?;
    Ok(session.refresh(&settings_json, material)?)
}

fn stats<'local>(
    env: &mut Env<'local>,
    _class: JClass<'local>,
    handle: jlong,
    into: JLongArray<'local>,
) -> Result<()> {
    let session = sessions::get(handle)?;
    panic_points::pass("stats", session.connector());
    let numbers: [i64; STATS] = session.stats();
    Ok(into.set_region(env, 0, &numbers)?)
}

fn texts<'local>(
    env: &mut Env<'local>,
    _class: JClass<'local>,
    handle: jlong,
) -> Result<Strings<'local>> {
    let session = sessions::get(handle)?;
    panic_points::pass("texts", session.connector());
    strings(env, &session.texts())
}

fn pause_if_unpolled<'local>(
    _env: &mut Env<'local>,
    _class: JClass<'local>,
    handle: jlong,
    time: jlong,
) -> Result<()> {
    let session = sessions::get(handle)?;
    panic_points::pass("pause-if-unpolled", session.connector());
    session.pause_if_unpolled(millis(time));
    Ok(())
}

fn take_logs<'local>(
    env: &mut Env<'local>,
    _class: JClass<'local>,
    timeout_millis: jlong,
) -> Result<JByteArray<'local>> {
    panic_points::pass("take-logs", "");
    let lines = logs::take(millis(timeout_millis));
    Ok(env.byte_array_from_slice(&logs::encode(&lines))?)
}

fn log_levels<'local>(
    _env: &mut Env<'local>,
    _class: JClass<'local>,
    level: jint,
    wire: jint,
) -> Result<()> {
    panic_points::pass("log-levels", "");
    let number = |level| usize::try_from(level).unwrap_or(0);
    logs::set_levels(number(level), number(wire));
    Ok(())
}

fn close<'local>(
    env: &mut Env<'local>,
    _class: JClass<'local>,
    handle: jlong,
    into: JLongArray<'local>,
) -> Result<()> {
    if let Some(session) = sessions::remove(handle) {
        panic_points::pass("close", session.connector());
        let numbers = session.close();
        into.set_region(env, 0, &numbers)?;
    }
    Ok(())
}

fn strings<'local>(env: &mut Env<'local>, texts: &[String]) -> Result<Strings<'local>> {
    let array = Strings::new(env, texts.len(), JString::null())?;
    for (index, text) in texts.iter().enumerate() {
        let text = env.new_string(text)?;
        array.set_element(env, index, &text)?;
        // There can be more events than a frame holds references.
        env.delete_local_ref(text);
    }
    Ok(array)
}

fn material<'local>(
    env: &mut Env<'local>,
    trust_anchors: &Arrays<'local>,
    client_identity: &Arrays<'local>,
) -> Result<TlsMaterial> {
    Ok(TlsMaterial {
        trust_anchors: bytes(env, trust_anchors)?,
        client_identity: bytes(env, client_identity)?
            .into_iter()
            .map(Zeroizing::new)
            .collect(),
    })
}

fn bytes<'local>(env: &mut Env<'local>, arrays: &Arrays<'local>) -> Result<Vec<Vec<u8>>> {
    let mut all = Vec::new();
    for index in 0..arrays.len(env)? {
        let array = arrays.get_element(env, index)?;
        all.push(env.convert_byte_array(&array)?);
        // A trust store can hold more certificates than a frame holds references.
        env.delete_local_ref(array);
    }
    Ok(all)
}

fn millis(millis: jlong) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

/// Sizes and offsets within a Java array fit its index type.
fn array_size(bytes: usize) -> jint {
    jint::try_from(bytes).expect("a Java array's size")
}
