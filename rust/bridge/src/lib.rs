//! The engine's JNI face: the native methods of `io.conduktor.connect.websocket.Native` and nothing else.
//!
//! Rust threads never attach to the JVM, keep no references into it and call nothing back: an attached thread would keep the JVM from
//! exiting. Every method catches panics and turns them into a `NativeException`.
//!
//! One symbol is exported, `JNI_OnLoad`; the methods are registered there, so that a library that does not fit its classes fails at
//! load, naming the method.

mod native;
mod native_exception;
mod sessions;

use std::ffi::c_void;

use jni::errors::Result;
use jni::strings::JNIString;
use jni::sys::{JNI_ERR, JNI_VERSION_1_8, jint};
use jni::vm::{AttachConfig, AttachmentExceptionPolicy};
use jni::{Env, JavaVM, jni_str};
use websocket_engine::{logs, panic_points, panics};

/// Called by the JVM when the library is loaded.
// SAFETY: the name is the JNI specification's and nothing else in this library exports it.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "system" fn JNI_OnLoad(vm: *mut jni::sys::JavaVM, _reserved: *mut c_void) -> jint {
    panics::install();
    logs::install();
    let vm = java_vm(vm);
    match panics::catch(|| register(&vm)) {
        Ok(registered) => registered.unwrap_or(JNI_ERR),
        Err(text) => {
            let _ = with_env(&vm, |env| {
                env.throw_new(
                    jni_str!("java/lang/UnsatisfiedLinkError"),
                    JNIString::from(text),
                )
            });
            JNI_ERR
        }
    }
}

#[allow(unsafe_code)]
fn java_vm(vm: *mut jni::sys::JavaVM) -> JavaVM {
    // SAFETY: the JVM passes its own, valid interface to JNI_OnLoad.
    unsafe { JavaVM::from_raw(vm) }
}

/// What fails leaves its exception pending, for `System.load` to throw.
fn with_env<T>(vm: &JavaVM, body: impl FnOnce(&mut Env<'_>) -> Result<T>) -> Result<T> {
    let keep_exceptions =
        || AttachConfig::default().exceptions_policy(AttachmentExceptionPolicy::Ignore);
    vm.attach_current_thread_with_config(keep_exceptions, None, body)
}

/// Registers the native methods.
#[allow(unsafe_code)]
fn register(vm: &JavaVM) -> Result<jint> {
    panic_points::pass("load", "");
    with_env(vm, |env| {
        let class = env.find_class(jni_str!("io/conduktor/connect/websocket/Native"))?;
        // SAFETY: native_method! has checked each function against the signature that it registers.
        unsafe { env.register_native_methods(&class, &native::METHODS) }?;
        Ok(JNI_VERSION_1_8)
    })
}
