//! Linker settings of the shared library.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        // An engine thread that ends late must still find its code when the class loader is already gone.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
