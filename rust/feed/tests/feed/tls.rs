use std::sync::Arc;

use futures_util::StreamExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::{WebSocketStream, client_async};
use websocket_feed::{Feed, Leaf, Options, SelfSigned, Tls};

use crate::client::{LIMIT, until};

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);
type TlsClient = WebSocketStream<TlsStream<TcpStream>>;

/// Starts a server with a new certificate and connects to it, trusting its authority.
async fn start_and_connect(leaf: Leaf, path: &str) -> (Feed, std::io::Result<TlsClient>) {
    let made = SelfSigned::generate(leaf).expect("certificates");
    let feed = Feed::start(Options {
        tls: Some(made.tls),
        ..Options::default()
    })
    .expect("starts");
    let client = connect(&feed, made.ca_der, path, None).await;
    (feed, client)
}

async fn connect(
    feed: &Feed,
    ca_der: Vec<u8>,
    path: &str,
    identity: Option<Identity>,
) -> std::io::Result<TlsClient> {
    let tls = handshake(feed, ca_der, identity).await?;
    Ok(client_async(feed.url(path), tls).await.expect("101").0)
}

async fn handshake(
    feed: &Feed,
    ca_der: Vec<u8>,
    identity: Option<Identity>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from(ca_der))
        .expect("a certificate");
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots);
    let config = match identity {
        Some((chain, key)) => config
            .with_client_auth_cert(chain, key)
            .expect("an identity"),
        None => config.with_no_client_auth(),
    };
    let tcp = TcpStream::connect(feed.addr()).await?;
    let host = ServerName::try_from("localhost").expect("a name");
    TlsConnector::from(Arc::new(config))
        .connect(host, tcp)
        .await
}

#[tokio::test]
async fn streams_over_tls() {
    let (feed, client) = start_and_connect(Leaf::Valid, "/numbered?count=20000&then=close").await;
    assert!(feed.url("/").starts_with("wss://"));
    let messages = timeout(LIMIT, client.expect("connected").collect::<Vec<_>>())
        .await
        .expect("in time");
    // The last one is the close frame.
    assert_eq!(messages.len(), 20_001);
    assert!(messages.iter().all(Result::is_ok));
    assert_eq!(feed.stats().sent, 20_000);
}

#[tokio::test]
async fn resets_and_black_holes_over_tls() {
    let (feed, client) = start_and_connect(Leaf::Valid, "/blackhole?after=1").await;
    let mut client = client.expect("connected");
    client.next().await.expect("a message").expect("a message");
    feed.drop_all();
    assert!(
        timeout(LIMIT, client.next())
            .await
            .expect("in time")
            .expect("an error")
            .is_err()
    );
    until(&feed, "closed", |stats| stats.sockets == 0).await;
}

#[tokio::test]
async fn bad_certificates_are_refused_by_a_client() {
    for (leaf, expected) in [
        (Leaf::WrongHost, "NotValidForName"),
        (Leaf::Expired, "Expired"),
    ] {
        let (_feed, client) = start_and_connect(leaf, "/silence").await;
        let error = client.expect_err("refused");
        assert!(
            format!("{error:?}").contains(expected),
            "{leaf:?}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_client_without_a_certificate_is_turned_away_where_one_is_wanted() {
    let made = SelfSigned::generate(Leaf::Valid).expect("certificates");
    let mut tls = made.tls;
    tls.client_ca_pem = Some(made.ca_pem);
    let feed = Feed::start(Options {
        tls: Some(tls),
        ..Options::default()
    })
    .expect("starts");
    let identity = made.client.expect("a client's certificate");
    let identity = || {
        let chain = CertificateDer::pem_slice_iter(identity.cert_chain_pem.as_bytes());
        let key = PrivateKeyDer::from_pem_slice(identity.key_pem.as_bytes()).expect("a key");
        (chain.collect::<Result<Vec<_>, _>>().expect("a chain"), key)
    };
    connect(&feed, made.ca_der.clone(), "/silence", Some(identity()))
        .await
        .expect("taken");
    let tls = handshake(&feed, made.ca_der, None).await.expect("our part");
    let error = client_async(feed.url("/silence"), tls)
        .await
        .expect_err("refused");
    assert!(error.to_string().contains("CertificateRequired"), "{error}");
}

#[test]
fn bad_pem_is_refused() {
    let good = SelfSigned::generate(Leaf::Valid).expect("certificates").tls;
    let other = SelfSigned::generate(Leaf::Valid).expect("certificates").tls;
    for tls in [
        Tls {
            cert_chain_pem: String::new(),
            ..good.clone()
        },
        Tls {
            key_pem: "no key".to_owned(),
            ..good.clone()
        },
        Tls {
            key_pem: other.key_pem,
            ..good.clone()
        },
        Tls {
            client_ca_pem: Some(String::new()),
            ..good
        },
    ] {
        let error = Feed::start(Options {
            tls: Some(tls),
            ..Options::default()
        })
        .err()
        .expect("refused");
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput, "{error}");
    }
}
