//! Programs of `tests/c` as foreign hosts of the library, and the C compiler.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use super::{World, library_path, root};

/// A C compiler that bears with nothing, and knows the header.
pub fn gcc(program: &str) -> Command {
    let mut gcc = Command::new(program);
    gcc.args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g", "-O1", "-I"]);
    gcc.arg(root().join("include"));
    gcc
}

#[track_caller]
pub fn compile(gcc: &mut Command) {
    let output = gcc.output();
    let name = gcc.get_program().to_owned();
    let missing = |error| panic!("{}: {error}; `make test` installs gcc", name.display());
    let output = output.unwrap_or_else(missing);
    assert!(output.status.success(), "{}", text(&output.stderr));
}

/// Links with a library where it lies. Not by a RUNPATH: cargo's LD_LIBRARY_PATH, which may lead to
/// another build, would go first.
pub fn link(gcc: &mut Command, library: &Path) {
    let folder = library.parent().expect("a file is in a folder");
    gcc.arg(library).arg(format!("-Wl,--disable-new-dtags,-rpath,{}", folder.display()));
}

/// A compiled program.
pub struct Host {
    pub program: PathBuf,
    _folder: TempDir,
}

impl Host {
    /// Compiles a program of this name with what all of them share.
    pub fn build(name: &str) -> Host {
        Host::build_with(name, &library_path(), &[])
    }

    /// With another library, and with more that gcc is to know. What the program itself defines of
    /// the C library's functions comes before that, also for the library under test.
    pub fn build_with(name: &str, library: &Path, more: &[&str]) -> Host {
        let sources = root().join("tests/c");
        let source = sources.join(format!("{name}.c"));
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join(name);
        let mut gcc = gcc("gcc");
        gcc.args(["-D_GNU_SOURCE", "-pthread", "-rdynamic"]).args(more);
        gcc.arg(&source).arg(sources.join("support.c")).arg("-o").arg(&program);
        // What loads the library by hand must not have it before.
        if fs::read_to_string(&source).unwrap().contains("LINKED_LIBRARY") {
            link(&mut gcc, library);
        }
        compile(gcc.arg("-ldl"));
        Host { program, _folder: folder }
    }

    /// The program in a world.
    pub fn command<A: AsRef<OsStr>>(&self, world: &World, arguments: &[A]) -> Command {
        let mut command = Command::new(&self.program);
        lead(&mut command, world, arguments);
        command
    }

    /// Runs to its end, which must be good, and gives what was printed.
    pub fn run<A: AsRef<OsStr>>(&self, world: &World, arguments: &[A]) -> String {
        ended_well(self.command(world, arguments).output().unwrap())
    }
}

/// Leads a program into a world: with its settings, its sandbox's port, and these arguments.
pub fn lead<A: AsRef<OsStr>>(command: &mut Command, world: &World, arguments: &[A]) {
    let settings = world.path("settings.json");
    fs::write(&settings, world.settings.to_string()).unwrap();
    let port = world.sandbox.url().rsplit_once(':').expect("a port").1.to_owned();
    command.arg(settings).arg(port).args(arguments).env_remove("MEETBRIDGE_SETTINGS");
}

/// What a program printed that must have ended well.
#[track_caller]
pub fn ended_well(output: Output) -> String {
    let (out, errors) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{}\n{out}\n{errors}", output.status);
    out
}

/// The number after `name=` in what was printed.
#[track_caller]
pub fn number(printed: &str, name: &str) -> u64 {
    let mut words = printed.split_whitespace();
    let found = words.find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    found.unwrap_or_else(|| panic!("no {name} in {printed}")).parse().expect("a number")
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
