//! Writes the C header into `OUT_DIR`; a test holds the committed one to it.

use std::env;
use std::path::PathBuf;

fn main() {
    println!("cargo::rerun-if-changed=src/capi");
    println!("cargo::rerun-if-changed=src/lotusscript");
    println!("cargo::rerun-if-changed=cbindgen.toml");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo"));
    cbindgen::Builder::new()
        .with_config(
            cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml"),
        )
        .with_src(root.join("src/capi/status.rs"))
        .with_src(root.join("src/capi/text.rs"))
        .with_src(root.join("src/capi/log.rs"))
        .with_src(root.join("src/capi/bridge.rs"))
        .with_src(root.join("src/capi/authorization.rs"))
        .with_src(root.join("src/capi/meeting.rs"))
        .with_src(root.join("src/capi/webhook.rs"))
        .with_src(root.join("src/capi/maintenance.rs"))
        .with_src(root.join("src/lotusscript/bridge.rs"))
        .with_src(root.join("src/lotusscript/parts.rs"))
        .generate()
        .expect("the doors can be read by cbindgen")
        .write_to_file(out.join("meetbridge.h"));
    println!("cargo::rustc-env=MEETBRIDGE_HEADER={}", out.join("meetbridge.h").display());

    let target = |name: &str| env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    if target("OS") == "windows" && target("ENV") == "gnu" {
        // What programs that are linked with it look for. Hosts find the library by that name.
        let definition = out.join("nmeetbridge.def");
        std::fs::write(&definition, "LIBRARY nmeetbridge.dll\n").expect("OUT_DIR can be written");
        println!("cargo::rustc-cdylib-link-arg={}", definition.display());
    }
    if target("OS") == "linux" {
        // Destructors of thread-local values must not run in an unmapped library.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
        // The file's own name: so a host that loads it by that name gets the copy that another part
        // of the process has loaded by its path, also after an upgrade has replaced the file.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libmeetbridge.so");
    }
}
