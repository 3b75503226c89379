//! What a transport leaves alone in its process: the environment, threads, stacks.

use super::*;
#[cfg(unix)]
use crate::platform::testing;

conformance! {
    the_environment_is_not_asked
    the_platform_is_trusted_too_and_asked_last
}

/// Says that this process is one that [`in_child`] started.
const CHILD: &str = "MEETBRIDGE_TEST_URL";

/// Where a child finds what else it needs.
const FOLDER: &str = "MEETBRIDGE_TEST_FOLDER";

/// Runs a test of this module again in a process of its own, with these variables set.
fn in_child(test: &str, url: String, variables: &[(&str, &str)]) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("{}::{test}", module_path!().split_once("::").unwrap().1)])
        .args(["--nocapture", "--test-threads=1"])
        .env(CHILD, url)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{output:?}");
}

fn the_environment_is_not_asked(client: Client) {
    if let Ok(url) = std::env::var(CHILD) {
        assert_eq!(get(&*open(client), &url).unwrap().into_body(), b"hello");
        return;
    }
    let server = Server::plain(answering("hello"));
    let nobody = format!("http://{}", refusing());
    let names =
        ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let module = if client == Client::Ureq { "on_ureq" } else { "on_reqwest" };
    in_child(
        &format!("{module}::the_environment_is_not_asked"),
        server.http("/"),
        &names.map(|name| (name, nobody.as_str())),
    );
}

/// The platform's authorities are written only after the first answer, so it came without them.
fn the_platform_is_trusted_too_and_asked_last(client: Client) {
    if let (Ok(urls), Ok(folder)) = (std::env::var(CHILD), std::env::var(FOLDER)) {
        let [ours, platforms, nobodys] = urls.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let folder = std::path::Path::new(&folder);
        let ca_file = Some(folder.join("ours.pem"));
        let transport = transport(&Options { client, ca_file, ..Options::default() }).unwrap();
        assert_eq!(get(&*transport, ours).unwrap().into_body(), b"hello");
        std::fs::rename(folder.join("later.pem"), folder.join("platforms.pem")).unwrap();
        assert_eq!(get(&*transport, platforms).unwrap().into_body(), b"hello");
        assert_eq!(get(&*transport, ours).unwrap().into_body(), b"hello");
        assert_failed(get(&*transport, nobodys), Cause::Tls, false);
        return;
    }
    let [ours, platforms, nobodys] = [(); 3].map(|()| Authority::new());
    let servers = [&ours, &platforms, &nobodys]
        .map(|authority| Server::tls(authority.server("127.0.0.1"), answering("hello")));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ours.pem"), &ours.pem).unwrap();
    std::fs::write(folder.path().join("later.pem"), &platforms.pem).unwrap();
    let module = if client == Client::Ureq { "on_ureq" } else { "on_reqwest" };
    in_child(
        &format!("{module}::the_platform_is_trusted_too_and_asked_last"),
        servers.each_ref().map(|server| server.https("/")).join(" "),
        &[
            (FOLDER, folder.path().to_str().unwrap()),
            ("SSL_CERT_FILE", folder.path().join("platforms.pem").to_str().unwrap()),
            ("SSL_CERT_DIR", ""),
        ],
    );
}

/// The transport must create no thread, not even for a moment. In a process of its own, where
/// nobody else does; the server stays here. There no thread of the usual size can be created at
/// all, and one that is on the watch looks for others.
#[cfg(target_os = "linux")]
#[test]
fn ureq_creates_no_thread() {
    let Ok(url) = std::env::var(CHILD) else {
        let server = Server::plain(answering("hello"));
        let impossible = [("RUST_MIN_STACK", "1125899906842624")];
        return in_child("ureq_creates_no_thread", server.http("/"), &impossible);
    };
    assert!(thread::Builder::new().spawn(|| ()).is_err());
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    let (ready, watching) = mpsc::channel();
    let watch = move || {
        let threads = || std::fs::read_dir("/proc/self/task").unwrap().count();
        let before = threads();
        ready.send(()).unwrap();
        while !stopped.load(Ordering::SeqCst) {
            assert_eq!(threads(), before, "a thread was created");
        }
    };
    let watcher = thread::Builder::new().stack_size(256 * 1024).spawn(watch).unwrap();
    watching.recv().unwrap();
    let transport = open(Client::Ureq);
    let named = url.replace("127.0.0.1", "localhost");
    for _ in 0..200 {
        get(&*transport, &url).unwrap();
        get(&*transport, &named).unwrap();
    }
    // Each of these resolves and connects anew.
    for _ in 0..20 {
        get(&*transport, "http://does-not-exist.invalid/").unwrap_err();
        get(&*transport, &format!("http://{}/", refusing())).unwrap_err();
    }
    stop.store(true, Ordering::SeqCst);
    watcher.join().unwrap();
}

/// The other side ends its direction and then resets the connection, while we are still writing.
#[cfg(unix)]
#[test]
fn a_lost_connection_raises_no_signal() {
    let authority = Authority::new();
    let lose = |peer: &mut Peer| {
        peer.write("HTTP/1.1 100 Continue\r\n\r\n");
        peer.shut_down();
        peer.wait_for_unread();
    };
    let servers = [Server::tls(authority.server("127.0.0.1"), lose), Server::plain(lose)];
    let urls = [servers[0].https("/"), servers[1].http("/")];
    let child = testing::fork(|| {
        testing::die_of_sigpipe();
        let transport = open_trusting(Client::Ureq, &authority);
        urls.iter().all(|url| post(&*transport, url, vec![b'x'; 8 << 20]).is_err())
    });
    assert!(child.wait());
}

/// Domino's threads may be this small.
#[test]
fn a_small_stack_is_enough_for_tls() {
    let authority = Authority::new();
    let server = Server::tls(authority.server("localhost"), answering("hello"));
    thread::Builder::new()
        .stack_size(256 * 1024)
        .spawn(move || {
            let transport = open_trusting(Client::Ureq, &authority);
            let url = format!("https://localhost:{}/", server.address.port());
            assert_eq!(post(&*transport, &url, "x".repeat(50_000)).unwrap().body(), b"hello");
        })
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn options_show_no_credentials() {
    let proxy = Some("http://user:secret@proxy:3128".to_owned());
    let shown = format!("{:?}", Options { proxy, ..Options::default() });
    assert!(shown.contains("proxy:3128") && !shown.contains("secret"), "{shown}");
}
