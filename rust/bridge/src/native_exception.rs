//! `NativeException`: the one exception that native methods throw.

use std::any::Any;

use jni::Env;
use jni::errors::ErrorPolicy;
use jni::objects::{JThrowable, JValue};
use jni::{jni_sig, jni_str};
use websocket_engine::{Error, panics};

/// Why a native method failed.
#[derive(Debug)]
pub enum Failure {
    /// The engine says no.
    Engine(Error),
    /// JNI does; an exception may already be pending.
    Jni(jni::errors::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Engine(error)
    }
}

impl From<jni::errors::Error> for Failure {
    fn from(error: jni::errors::Error) -> Self {
        Self::Jni(error)
    }
}

impl Failure {
    /// Code (docs/DESIGN.md, "Boundary") and message.
    fn code_and_message(self) -> (i32, String) {
        match self {
            Self::Engine(Error::Config(text)) => (1, text),
            Self::Engine(Error::Closed) => (2, "the session is closed".into()),
            Self::Engine(Error::Busy) => (3, "another poll of this session is under way".into()),
            Self::Engine(Error::Failed(text)) => (4, text),
            Self::Engine(Error::Bug(text)) => (5, text),
            Self::Jni(error) => (5, format!("JNI: {error}")),
        }
    }
}

/// Throws a `NativeException` for each failure and panic.
#[derive(Debug)]
pub struct Throw;

impl Throw {
    fn throw<T: Default>(env: &mut Env<'_>, code: i32, message: &str) -> jni::errors::Result<T> {
        if !env.exception_check() {
            let message = env.new_string(message)?;
            let class =
                env.find_class(jni_str!("io/conduktor/connect/websocket/NativeException"))?;
            let arguments = [JValue::Int(code), JValue::Object(&message)];
            let exception = env.new_object(class, jni_sig!((jint, JString)), &arguments)?;
            let exception = env.cast_local::<JThrowable>(exception)?;
            // throw() answers with an error when it succeeds.
            let _ = env.throw(exception);
        }
        Ok(T::default())
    }
}

impl<T: Default> ErrorPolicy<T, Failure> for Throw {
    type Captures<'unowned_env_local: 'native_method, 'native_method> = ();

    fn on_error<'unowned_env_local: 'native_method, 'native_method>(
        env: &mut Env<'unowned_env_local>,
        _captures: &mut Self::Captures<'unowned_env_local, 'native_method>,
        failure: Failure,
    ) -> jni::errors::Result<T> {
        let (code, message) = failure.code_and_message();
        Self::throw(env, code, &message)
    }

    fn on_panic<'unowned_env_local: 'native_method, 'native_method>(
        env: &mut Env<'unowned_env_local>,
        _captures: &mut Self::Captures<'unowned_env_local, 'native_method>,
        payload: Box<dyn Any + Send + 'static>,
    ) -> jni::errors::Result<T> {
        let text = panics::text(payload.as_ref());
        // Dropping what a panic carries may panic again.
        std::mem::forget(payload);
        let (code, message) = Failure::Engine(Error::Bug(text)).code_and_message();
        Self::throw(env, code, &message)
    }
}
