//! The embedded store: looking up, durable writes, and several processes that write at once.
//!
//! Each part is a role of this program in a process of its own, and prints a line of JSON.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use meetbridge::stages::{self, Store};
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use crate::figures::{Figures, median, quantile};
use crate::work::{CALLERS, Talk, Work, last_line, own, pinned, user};

/// Users of the stores in which only writing is measured.
const FEW: usize = 1000;
const WRITERS: usize = 4;
const WRITES: usize = 200;
/// After so many writes of a page or more SQLite's log has the length that it keeps.
const LOG: usize = 1100;

/// Plays a role: its name, a database, and numbers.
pub fn run(words: &[&str]) {
    let [role, database, numbers @ ..] = words else { panic!("{words:?}") };
    let numbers: Vec<usize> =
        numbers.iter().map(|number| number.parse().expect("a number")).collect();
    let database = Path::new(database);
    let store = open(database);
    match (*role, &numbers[..]) {
        ("fill", [users]) => fill(&store, database, *users),
        ("look-up", [users, look_ups]) => println!("{}", look_up(&store, *users, *look_ups)),
        ("write", [rounds]) => println!("{}", write(&store, database, *rounds)),
        ("writer", [number]) => writer(&store, &user(*number)),
        _ => panic!("{words:?}"),
    }
}

fn open(database: &Path) -> Store {
    Store::open(database, &database.with_extension("key")).expect("a store")
}

/// A role's command, on the processor of the callers.
fn command(words: &[String]) -> Command {
    let mut command = pinned(CALLERS, &[own().into(), "rows".into()]);
    command.args(words);
    command
}

/// A store of so many users in the work's folder.
pub fn filled(work: &Work, name: &str, users: usize) -> PathBuf {
    let database = work.path(&format!("{name}.db"));
    let words = ["fill".to_owned(), text(&database), users.to_string()];
    assert!(command(&words).status().expect("a process").success());
    database
}

/// What random look-ups take, and what those of the same user do: the medians of the rounds.
pub fn looked_up(database: &Path, users: usize, look_ups: usize, rounds: usize) -> Value {
    let round = || {
        // Brings it into the system's memory, of which other programs may have taken it.
        let mut file = File::open(database).expect("a file");
        io::copy(&mut file, &mut io::sink()).expect("a file that can be read");
        let words = ["look-up".to_owned(), text(database), users.to_string(), look_ups.to_string()];
        last_line(&mut command(&words))
    };
    let all: Vec<Value> = (0..rounds).map(|_| round()).collect();
    let middle =
        |member: &str| median(all.iter().map(|round| round[member].as_f64().expect("a number")));
    json!({ "p50_us": middle("p50_us"), "p99_us": middle("p99_us"), "hot_us": middle("hot_us") })
}

pub fn figures(work: &Work, figures: &mut Figures, rounds: usize) {
    let database = filled(work, "written", FEW);
    let words = ["write".to_owned(), text(&database), rounds.to_string()];
    let line = last_line(&mut command(&words));
    for (figure, member) in [
        ("durable_token_write_vs_bare_sqlite", "ratio"),
        ("durable_token_write_us", "ours_us"),
        ("bare_sqlite_write_us", "bare_us"),
    ] {
        figures.put(figure, line[member].as_f64().expect("a number"));
    }
    let worst = (0..rounds).map(|_| worst_wait(&database));
    figures.put("writers_4_processes_max_wait_ms", median(worst));
}

/// The longest write of four processes that write as fast as they can.
fn worst_wait(database: &Path) -> f64 {
    // On whatever processors there are.
    let mut writers: Vec<Talk> = (0..WRITERS)
        .map(|number| {
            let mut command = Command::new(own());
            command.args(["rows", "writer"]).arg(database).arg(number.to_string());
            Talk::start(&mut command)
        })
        .collect();
    writers.iter_mut().for_each(|writer| drop(writer.hear()));
    writers.iter_mut().for_each(|writer| writer.say("go"));
    let worst = writers.iter_mut().map(|writer| writer.hear().parse().expect("a time"));
    worst.fold(0.0, f64::max)
}

fn writer(store: &Store, user: &str) {
    let tokens = stages::tokens();
    store.put(user, &tokens).expect("it is kept");
    println!("ready");
    io::stdin().read_line(&mut String::new()).expect("a line");
    let worst = (0..WRITES).map(|_| {
        let began = Instant::now();
        assert!(store.renew(user, &tokens).expect("it is kept"));
        began.elapsed().as_secs_f64() * 1e3
    });
    println!("{}", worst.fold(0.0, f64::max));
}

/// In one transaction: through the vault it would take a sync for each.
fn fill(store: &Store, database: &Path, users: usize) {
    let tokens = stages::tokens();
    // Makes the database.
    store.put(&user(0), &tokens).expect("it is kept");
    let mut connection = bare(database);
    let (key_id, statement) = (store.key_id(), upsert(&connection));
    let transaction = connection.transaction().expect("a transaction");
    {
        let mut statement = transaction.prepare(&statement).expect("a statement");
        // Each where the library would put it, and quicker in that order.
        let mut users: Vec<String> = (1..users).map(user).collect();
        users.sort_by_key(|user| store.row_id(user));
        for user in users {
            let sealed = store.seal(&user, &tokens).expect("it is sealed");
            let id = store.row_id(&user);
            statement.execute(params![user, key_id, sealed, id]).expect("a row");
        }
    }
    transaction.commit().expect("it is kept");
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").expect("a checkpoint");
}

/// As the library has its connections, but nothing of its own.
fn bare(database: &Path) -> Connection {
    let connection = Connection::open(database).expect("a database");
    let durable = "PRAGMA journal_mode = wal; PRAGMA synchronous = FULL";
    connection.execute_batch(durable).expect("a log that is synced");
    connection
}

/// Puts a row of `grants`: ?1 the owner, who is another at the provider too, ?2 the key, ?3 the
/// sealed pair, ?4 the row id. All else is as in a row that the library has written.
fn upsert(connection: &Connection) -> String {
    let columns = "user_name, version, state, reason, scopes, account_id, account_email,
                   authorized_at, refreshed_at, refreshed_on, expires_at";
    let values: Vec<String> = connection
        .query_row(&format!("SELECT {columns} FROM grants LIMIT 1"), [], |row| {
            (0..11)
                .map(|at| {
                    Ok(match row.get_ref(at)? {
                        rusqlite::types::ValueRef::Null => "NULL".to_owned(),
                        rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                        text => format!("'{}'", text.as_str()?),
                    })
                })
                .collect()
        })
        .expect("a row");
    format!(
        "INSERT INTO grants
             (id, owner, provider, client_id, account_user_id, key_id, sealed, {columns})
         VALUES (?4, ?1, 'zoom', 'bench', ?1, ?2, ?3, {})
         ON CONFLICT (owner, provider, client_id)
         DO UPDATE SET version = version + 1, key_id = excluded.key_id, sealed = excluded.sealed",
        values.join(", ")
    )
}

fn look_up(store: &Store, users: usize, look_ups: usize) -> Value {
    let timed = |numbers: &mut dyn Iterator<Item = usize>| {
        let took = numbers.take(look_ups).map(|number| {
            let user = user(number);
            let began = Instant::now();
            let found = store.look_up(&user).expect("it opens");
            let took = began.elapsed().as_nanos() as f64 / 1e3;
            assert!(found.is_some(), "{user}");
            took
        });
        took.collect::<Vec<f64>>()
    };
    let mut random = random().map(|number| (number % users as u64) as usize);
    // Until everything is as it stays.
    timed(&mut random);
    let took = timed(&mut random);
    let hot = timed(&mut std::iter::repeat(0));
    json!({
        "p50_us": quantile(took.iter().copied(), 0.5),
        "p99_us": quantile(took.into_iter(), 0.99),
        "hot_us": median(hot.into_iter()),
    })
}

/// xorshift64: well spread, and the same in each run.
fn random() -> impl Iterator<Item = u64> {
    std::iter::successors(Some(0x2545_f491_4f6c_dd1d), |state: &u64| {
        let mut next = *state;
        next ^= next << 13;
        next ^= next >> 7;
        next ^= next << 17;
        Some(next)
    })
}

/// What a renewal writes, in turns with the least that SQLite alone could write for it elsewhere.
fn write(store: &Store, database: &Path, rounds: usize) -> Value {
    let (tokens, user) = (stages::tokens(), user(FEW / 2));
    let beside = database.with_extension("bare.db");
    // The same rows and indexes.
    std::fs::copy(database, &beside).expect("a copy");
    let connection = bare(&beside);
    let renewal = "UPDATE grants SET version = version + 1, refreshed_at = refreshed_at + 1,
                       expires_at = expires_at + 1, sealed = ?1 WHERE id = ?2";
    let mut statement = connection.prepare(renewal).expect("a statement");
    let sealed = store.seal(&user, &tokens).expect("it is sealed");
    let id = store.row_id(&user);
    let timed = |work: &mut dyn FnMut()| {
        let began = Instant::now();
        work();
        began.elapsed().as_secs_f64() * 1e6
    };
    let mut in_turns = |times: usize| {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..times {
            ours.push(timed(&mut || assert!(store.renew(&user, &tokens).expect("it is kept"))));
            theirs.push(timed(&mut || {
                assert_eq!(statement.execute(params![sealed, id]), Ok(1));
            }));
        }
        (median(ours.into_iter()), median(theirs.into_iter()))
    };
    // While the log grows, each sync waits for the file system's own log too.
    in_turns(LOG);
    let all: Vec<_> = (0..rounds).map(|_| in_turns(WRITES)).collect();
    json!({
        "ratio": median(all.iter().map(|(ours, theirs)| ours / theirs)),
        "ours_us": median(all.iter().map(|(ours, _)| *ours)),
        "bare_us": median(all.iter().map(|(_, theirs)| *theirs)),
    })
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
