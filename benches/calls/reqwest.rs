//! reqwest's blocking client, as a client of the comparison: see `benches/clients/common.h`.

use std::fs;
use std::path::Path;
use std::sync::Barrier;
use std::time::Instant;

use ::reqwest::blocking::Client;
use serde_json::json;

pub fn run(folder: &Path, port: &str, threads: &str, warmup: &str, calls: &str) {
    let number = |text: &str| text.parse::<usize>().expect("a number");
    let threads = number(threads);
    let (warmup, share) = (number(warmup) / threads, number(calls) / threads);
    let client = client(folder);
    let text = |name: &str| fs::read_to_string(folder.join(name)).expect("a file");
    let (url, body) =
        (format!("https://127.0.0.1:{port}/v2/users/me/meetings"), text("request.json"));
    let bearer = format!("Bearer {}", text("token"));
    let call = || {
        let request = client
            .post(&url)
            .header("accept", "application/json")
            .header("content-type", "application/json")
            .header("authorization", &bearer)
            .body(body.clone());
        let answer = request.send().expect("an answer");
        assert_eq!(answer.status(), 201);
        assert!(!answer.bytes().expect("a body").is_empty());
    };
    if warmup > 0 {
        call();
    }
    let rss = rss_mb();
    let barrier = Barrier::new(threads + 1);
    let work = || {
        (0..warmup).for_each(|_| call());
        barrier.wait();
        barrier.wait();
        let took: Vec<u128> = (0..share)
            .map(|_| {
                let began = Instant::now();
                call();
                began.elapsed().as_nanos()
            })
            .collect();
        barrier.wait();
        barrier.wait();
        took
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        barrier.wait();
        let (cpu, wall) = (cpu_us(), Instant::now());
        barrier.wait();
        barrier.wait();
        let (cpu, wall) = (cpu_us() - cpu, wall.elapsed());
        let (rss_now, tasks_now) = (rss_mb(), tasks());
        barrier.wait();
        let took = workers.into_iter().flat_map(|worker| worker.join().expect("it worked"));
        let mut took: Vec<u128> = took.collect();
        took.sort_unstable();
        let calls = took.len();
        println!(
            "{}",
            json!({
                "calls": calls,
                "cpu_us": cpu / calls as f64,
                "wall_us": wall.as_secs_f64() * 1e6 / calls as f64,
                "p50_us": took[calls / 2] as f64 / 1e3,
                "p99_us": took[calls * 99 / 100] as f64 / 1e3,
                "rss_mb": rss_now,
                "rss_growth_mb": rss_now - rss,
                "threads_created": tasks_now - threads - 1,
            })
        );
    });
}

fn client(folder: &Path) -> Client {
    let ring = rustls::crypto::ring::default_provider();
    ring.install_default().expect("nobody else installs one");
    let ca = fs::read(folder.join("ca.pem")).expect("a certificate");
    let ca = ::reqwest::Certificate::from_pem(&ca).expect("a certificate");
    Client::builder().no_proxy().tls_certs_only([ca]).build().expect("a client")
}

fn cpu_us() -> f64 {
    // SAFETY: plain numbers, for which zeros are a value.
    let mut used: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: it is written to, and lives long enough.
    assert_eq!(unsafe { libc::getrusage(libc::RUSAGE_SELF, &raw mut used) }, 0);
    let us = |time: libc::timeval| time.tv_sec as f64 * 1e6 + time.tv_usec as f64;
    us(used.ru_utime) + us(used.ru_stime)
}

fn rss_mb() -> f64 {
    let statm = fs::read_to_string("/proc/self/statm").expect("/proc");
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<f64>().ok());
    pages.expect("a number of pages") * 4096.0 / 1e6
}

fn tasks() -> usize {
    fs::read_dir("/proc/self/task").expect("/proc").count()
}
