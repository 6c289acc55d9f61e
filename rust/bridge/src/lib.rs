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
use jni::sys::{JNI_ERR, JNI_VERSION_1_8, jint};
use jni::vm::{AttachConfig, AttachmentExceptionPolicy};
use jni::{JavaVM, jni_str};
use websocket_engine::{logs, panics};

/// Called by the JVM when the library is loaded.
// SAFETY: the name is the JNI specification's and nothing else in this library exports it.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "system" fn JNI_OnLoad(vm: *mut jni::sys::JavaVM, _reserved: *mut c_void) -> jint {
    panics::install();
    logs::install();
    panics::catch(|| register(vm))
        .ok()
        .and_then(Result::ok)
        .unwrap_or(JNI_ERR)
}

/// Registers the native methods. A failure leaves its exception pending, for `System.load` to throw.
#[allow(unsafe_code)]
fn register(vm: *mut jni::sys::JavaVM) -> Result<jint> {
    // SAFETY: the JVM passes its own, valid interface to JNI_OnLoad.
    let vm = unsafe { JavaVM::from_raw(vm) };
    let keep_exceptions =
        || AttachConfig::default().exceptions_policy(AttachmentExceptionPolicy::Ignore);
    vm.attach_current_thread_with_config(keep_exceptions, None, |env| {
        let class = env.find_class(jni_str!("io/conduktor/connect/websocket/Native"))?;
        // SAFETY: native_method! has checked each function against the signature that it registers.
        unsafe { env.register_native_methods(&class, &native::METHODS) }?;
        Ok(JNI_VERSION_1_8)
    })
}
