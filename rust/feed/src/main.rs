//! `websocket-feed`: the scripted WebSocket server on the command line.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use clap::{Args, Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use websocket_feed::{
    Feed, Leaf, Options, PROXY_CONTROL, Proxy, ProxyOptions, SCENARIOS, SelfSigned, Tls,
};

/// A scripted WebSocket server for demos, tests and benchmarks.
///
/// The first line on stdout says where it listens. SIGTERM and SIGINT end it.
#[derive(Parser)]
#[command(version, after_long_help = SCENARIOS, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,

    /// Address to listen on; port 0 picks a free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// Serve TLS with this certificate chain
    #[arg(long, value_name = "PEM", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// Private key of the certificate
    #[arg(long, value_name = "PEM", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// Serve TLS with a new certificate for localhost; writes cert.pem, key.pem, ca.pem (the one to trust), client-cert.pem and
    /// client-key.pem to this directory
    #[arg(long, value_name = "DIR", conflicts_with = "tls_cert")]
    tls_self_signed: Option<PathBuf>,

    /// Serve TLS only to clients with a certificate that one of these authorities issued
    #[arg(
        long,
        value_name = "PEM",
        requires = "tls_cert",
        conflicts_with = "tls_client_auth"
    )]
    tls_client_ca: Option<PathBuf>,

    /// The same with the authority of --tls-self-signed
    #[arg(long, requires = "tls_self_signed")]
    tls_client_auth: bool,

    /// Exit when stdin reaches its end
    #[arg(long)]
    exit_on_eof: bool,
}

#[derive(Subcommand)]
enum Command {
    Proxy(ProxyArguments),
}

/// A TCP proxy that breaks connections on purpose, exact to the byte.
///
/// The first line on stdout says where it listens, the second where it takes control requests.
#[derive(Args)]
#[command(after_long_help = PROXY_CONTROL)]
struct ProxyArguments {
    /// Address to listen on; port 0 picks a free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// Address for control requests; port 0 picks a free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    control: SocketAddr,

    /// Address of the server
    #[arg(long, value_name = "ADDRESS")]
    upstream: SocketAddr,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("websocket-feed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        // Before the line on stdout, so that whoever has read it can end the server.
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let _running = start(arguments)?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = end_of_input(), if arguments.exit_on_eof => {}
        }
        Ok(())
    })
}

/// What runs until it is dropped.
enum Running {
    Feed(#[allow(dead_code, reason = "held for its end")] Feed),
    Proxy(#[allow(dead_code, reason = "held for its end")] Proxy),
}

fn start(arguments: &Arguments) -> io::Result<Running> {
    match &arguments.command {
        Some(Command::Proxy(arguments)) => start_proxy(arguments).map(Running::Proxy),
        None => start_feed(arguments).map(Running::Feed),
    }
}

fn start_proxy(arguments: &ProxyArguments) -> io::Result<Proxy> {
    let options = ProxyOptions {
        listen: arguments.listen,
        control: Some(arguments.control),
        record: false,
    };
    let proxy = Proxy::start(arguments.upstream, options).map_err(|error| {
        let place = format!("{} and {}", arguments.listen, arguments.control);
        io::Error::new(error.kind(), format!("cannot serve on {place}: {error}"))
    })?;
    let mut stdout = io::stdout();
    writeln!(stdout, "listening on {}", proxy.addr())?;
    if let Some(control) = proxy.control_addr() {
        writeln!(stdout, "control on http://{control}")?;
    }
    stdout.flush()?;
    Ok(proxy)
}

fn start_feed(arguments: &Arguments) -> io::Result<Feed> {
    let feed = Feed::start(Options {
        listen: arguments.listen,
        tls: tls(arguments)?,
    })
    .map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("cannot serve on {}: {error}", arguments.listen),
        )
    })?;
    let mut stdout = io::stdout();
    writeln!(stdout, "listening on {}", feed.url(""))?;
    stdout.flush()?;
    Ok(feed)
}

/// Returns when stdin is at its end or cannot be read.
async fn end_of_input() {
    let (end, ended) = oneshot::channel::<()>();
    // A thread of its own: a read of stdin cannot be cancelled.
    thread::spawn(move || {
        // An error ends the input as well.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        drop(end);
    });
    // The sender never sends; its end is the news.
    let _ = ended.await;
}

fn tls(arguments: &Arguments) -> io::Result<Option<Tls>> {
    if let Some(directory) = &arguments.tls_self_signed {
        let mut made = SelfSigned::generate(Leaf::Valid)?;
        fs::create_dir_all(directory)?;
        write(&directory.join("cert.pem"), &made.tls.cert_chain_pem)?;
        write(&directory.join("key.pem"), &made.tls.key_pem)?;
        write(&directory.join("ca.pem"), &made.ca_pem)?;
        if let Some(client) = &made.client {
            write(&directory.join("client-cert.pem"), &client.cert_chain_pem)?;
            write(&directory.join("client-key.pem"), &client.key_pem)?;
        }
        made.tls.client_ca_pem = arguments.tls_client_auth.then_some(made.ca_pem);
        return Ok(Some(made.tls));
    }
    match (&arguments.tls_cert, &arguments.tls_key) {
        (Some(cert), Some(key)) => Ok(Some(Tls {
            cert_chain_pem: read(cert)?,
            key_pem: read(key)?,
            client_ca_pem: arguments.tls_client_ca.as_deref().map(read).transpose()?,
        })),
        _ => Ok(None),
    }
}

fn read(path: &Path) -> io::Result<String> {
    fs::read_to_string(path).map_err(|error| named(path, error))
}

fn write(path: &Path, pem: &str) -> io::Result<()> {
    // The key is among them, so nobody else may read them.
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path);
    file.and_then(|mut file| file.write_all(pem.as_bytes()))
        .map_err(|error| named(path, error))
}

fn named(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
