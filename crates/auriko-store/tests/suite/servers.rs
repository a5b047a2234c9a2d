//! PostgreSQL and Redis, started from what is installed.

use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Runs a server until its input ends, which the death of this process also brings about, then clears up.
const WATCH: &str = r#"
"$@" </dev/null >>"$FOLDER/log" 2>&1 &
server=$!
echo $server >"$FOLDER/pid"
read -r _
kill -s "$SIGNAL" $server
wait $server
if [ -n "$REMOVE" ]; then rm -rf "$FOLDER"; fi
"#;

/// A running server.
pub(crate) struct Server {
    child: Child,
    pub(crate) folder: PathBuf,
}

impl Server {
    fn start(folder: PathBuf, command: &mut Vec<String>, signal: &str, remove: bool) -> Self {
        let child = Command::new("sh")
            .args(["-c", WATCH, "sh"])
            .args(command)
            .env("FOLDER", &folder)
            .env("SIGNAL", signal)
            .env("REMOVE", if remove { "1" } else { "" })
            .stdin(Stdio::piped())
            .spawn()
            .expect("a shell");
        Self { child, folder }
    }

    /// The server's own process, not the shell that watches it.
    fn process(&self) -> u32 {
        std::fs::read_to_string(self.folder.join("pid"))
            .ok()
            .and_then(|id| id.trim().parse().ok())
            .expect("a process id")
    }

    /// Sends it a signal by name.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.process().to_string()]).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Ends it and waits until it has.
    pub(crate) fn stop(mut self) {
        drop(self.child.stdin.take());
        self.child.wait().expect("it ends");
    }
}

fn folder() -> PathBuf {
    // Short: the path of a Unix socket has at most 107 bytes.
    tempfile::Builder::new().prefix("ak").tempdir_in("/tmp").expect("a folder").keep()
}

fn wait_for(what: &str, is_ready: impl Fn() -> bool) {
    let start = now();
    while !is_ready() {
        assert!(now() - start < Duration::from_secs(60), "{what} did not start");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[expect(clippy::disallowed_methods, reason = "servers do not run on a paused clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    folders.extend(versions.map(|version| version.path().join("bin")));
    folders.into_iter().map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Who the servers run as: PostgreSQL refuses to run as root.
struct User {
    uid: u32,
    gid: u32,
}

impl User {
    fn of_servers() -> Option<Self> {
        let number = |flag, user| -> Option<u32> {
            let output = Command::new("id").args([flag, user]).output().ok()?;
            String::from_utf8(output.stdout).ok()?.trim().parse().ok()
        };
        let own = || -> Option<u32> {
            String::from_utf8(Command::new("id").arg("-u").output().ok()?.stdout).ok()?.trim().parse().ok()
        };
        if own()? != 0 {
            return Some(Self { uid: 0, gid: 0 });
        }
        Some(Self { uid: number("-u", "postgres")?, gid: number("-g", "postgres")? })
    }

    fn command(&self, program: &Path) -> Vec<String> {
        let mut command = Vec::new();
        if self.uid != 0 {
            command.extend(["setpriv".to_owned(), "--clear-groups".to_owned()]);
            command.extend([format!("--reuid={}", self.uid), format!("--regid={}", self.gid)]);
        }
        command.push(program.display().to_string());
        command
    }
}

/// The PostgreSQL of this test run: its socket folder. `None`: not installed.
pub(crate) fn postgres() -> Option<&'static Path> {
    static POSTGRES: OnceLock<Option<Server>> = OnceLock::new();
    POSTGRES.get_or_init(start_postgres).as_ref().map(|server| server.folder.as_path())
}

fn start_postgres() -> Option<Server> {
    postgres_with(5432, |_, _| vec!["-c".to_owned(), "listen_addresses=".to_owned()])
}

/// With a port, which is part of its socket's name, and settings that depend on its folder and on who it runs as.
fn postgres_with(port: u16, settings: impl FnOnce(&Path, (u32, u32)) -> Vec<String>) -> Option<Server> {
    let (initdb, postgres, user) = (find("initdb")?, find("postgres")?, User::of_servers()?);
    let folder = folder();
    if user.uid != 0 {
        chown(&folder, Some(user.uid), Some(user.gid)).expect("root may");
    }
    let path = folder.display().to_string();
    let data = format!("{path}/data");
    let mut init = user.command(&initdb);
    init.extend(["-D", &data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8"].map(str::to_owned));
    let made = Command::new(&init[0]).args(&init[1..]).current_dir(&folder).output().expect("initdb runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let mut command = user.command(&postgres);
    let port = port.to_string();
    let common = ["-c", "fsync=off", "-c", "max_connections=300", "-k", &path, "-D", &data, "-p", &port];
    command.extend(common.map(str::to_owned));
    command.extend(settings(&folder, (user.uid, user.gid)));
    let server = Server::start(folder, &mut command, "INT", true);
    let ready = find("pg_isready")?;
    wait_for("PostgreSQL", || {
        Command::new(&ready)
            .args(["-q", "-h", &path, "-p", &port])
            .status()
            .is_ok_and(|status| status.success())
    });
    Some(server)
}

/// An empty database: its URL. `None`: not installed.
pub(crate) fn database() -> Option<String> {
    let folder = postgres()?;
    let name = format!("test_{}", folder_name());
    let made = Command::new(find("createdb")?)
        .args(["-h", &folder.display().to_string(), "-U", "postgres", &name])
        .status()
        .expect("createdb runs");
    assert!(made.success());
    let host = folder.display().to_string().replace('/', "%2F");
    Some(format!("postgresql://postgres@{host}/{name}"))
}

/// Different for every call of this process.
pub(crate) fn folder_name() -> String {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_string()
}

/// The Redis of this test run: its URL. `None`: not installed.
pub(crate) fn redis() -> Option<String> {
    static REDIS: OnceLock<Option<Server>> = OnceLock::new();
    REDIS.get_or_init(|| start_redis(folder(), true)).as_ref().map(|server| redis_url(&server.folder))
}

/// A Redis of one test's own, that may be stopped and started again in the same folder. It keeps nothing.
pub(crate) fn own_redis(again_in: Option<PathBuf>) -> Option<Server> {
    start_redis(again_in.unwrap_or_else(folder), false)
}

/// As [`own_redis`], with settings of its own.
pub(crate) fn own_redis_with(folder: PathBuf, settings: &[&str]) -> Option<Server> {
    let settings: Vec<String> = settings.iter().map(|&setting| setting.to_owned()).collect();
    redis_with(folder, false, &settings)
}

pub(crate) fn redis_url(folder: &Path) -> String {
    format!("unix://{}/redis.sock", folder.display())
}

fn start_redis(folder: PathBuf, remove: bool) -> Option<Server> {
    redis_with(folder, remove, &[])
}

fn redis_with(folder: PathBuf, remove: bool, more: &[String]) -> Option<Server> {
    let program = find("redis-server").or_else(|| find("valkey-server"))?;
    let socket = folder.join("redis.sock");
    let mut command = vec![program.display().to_string()];
    let path = socket.display().to_string();
    let settings = ["--port", "0", "--unixsocket", &path, "--save", "", "--appendonly", "no"];
    command.extend(settings.map(str::to_owned));
    command.extend_from_slice(more);
    let server = Server::start(folder, &mut command, "TERM", remove);
    wait_for("Redis", || std::os::unix::net::UnixStream::connect(&socket).is_ok());
    Some(server)
}

/// Servers that speak TLS on loopback, and the certificate they show, for `localhost`. `None`: not installed.
pub(crate) struct Encrypted {
    pub(crate) database_url: String,
    pub(crate) redis_url: String,
    pub(crate) certificate: PathBuf,
    pub(crate) servers: [Server; 2],
}

pub(crate) fn encrypted() -> Option<Encrypted> {
    let openssl = find("openssl")?;
    let make = |folder: &Path| {
        let made = Command::new(&openssl)
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"])
            .args([
                "-addext",
                "basicConstraints=critical,CA:FALSE",
                "-addext",
                "subjectAltName=DNS:localhost",
            ])
            .args(["-keyout", "key.pem", "-out", "cert.pem"])
            .current_dir(folder)
            .output()
            .expect("openssl runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    };
    let (database_port, redis_port) = (free_port(), free_port());
    let database = postgres_with(database_port, |folder, (uid, gid)| {
        make(folder);
        if uid != 0 {
            chown(folder.join("key.pem"), Some(uid), Some(gid)).expect("root may");
        }
        let file = |name: &str| folder.join(name).display().to_string();
        let (cert, key) = (file("cert.pem"), file("key.pem"));
        let settings = ["listen_addresses=localhost", "ssl=on"]
            .map(str::to_owned)
            .into_iter()
            .chain([format!("ssl_cert_file={cert}"), format!("ssl_key_file={key}")]);
        settings.flat_map(|setting| ["-c".to_owned(), setting]).collect()
    })?;
    let folder = folder();
    for file in ["cert.pem", "key.pem"] {
        std::fs::copy(database.folder.join(file), folder.join(file)).expect("copied");
    }
    let file = |name: &str| folder.join(name).display().to_string();
    let tls = ["--tls-port", &redis_port.to_string(), "--tls-auth-clients", "no"].map(str::to_owned);
    let files =
        ["--tls-cert-file".to_owned(), file("cert.pem"), "--tls-key-file".to_owned(), file("key.pem")];
    let redis = redis_with(folder.clone(), true, &[&tls[..], &files].concat())?;
    Some(Encrypted {
        database_url: format!("postgresql://postgres@localhost:{database_port}/postgres?sslmode=require"),
        redis_url: format!("rediss://localhost:{redis_port}"),
        certificate: database.folder.join("cert.pem"),
        servers: [database, redis],
    })
}

/// Neither server can be told to choose one itself.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("bound").port()
}
