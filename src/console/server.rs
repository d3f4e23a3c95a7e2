//! Listening: plain HTTP on loopback, or TLS. The runtime has two threads; asking the recorder
//! blocks, and happens on a few threads beside them.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn_with_state, map_response_with_state};
use axum_server::tls_rustls::RustlsConfig;
use thiserror::Error;

use super::bare::Watched;
use super::recorder::{App, Inner, SEATS};
use super::{api, assets, guard, pages};
use crate::config::Config;

/// How long a browser may take to send the head of a request.
const HEADERS: Duration = Duration::from_secs(15);

/// What the console is to do.
pub(crate) struct Settings {
    /// Where to listen.
    pub(crate) listen: SocketAddr,
    /// The recorder's socket.
    pub(crate) socket: PathBuf,
    /// The configuration: the office's name and texts.
    pub(crate) config: Config,
    /// Certificate chain and key, PEM.
    pub(crate) tls: Option<(PathBuf, PathBuf)>,
    /// Host names under which it is reached, beside loopback and the address itself.
    pub(crate) names: Vec<String>,
}

/// Why it does not serve.
#[derive(Debug, Error)]
pub(crate) enum ServeError {
    /// Passwords would cross a network in clear.
    #[error(
        "{0} is no loopback address: without TLS passwords would cross the network in clear; \
         give --tls-cert and --tls-key, or listen on 127.0.0.1"
    )]
    NotLoopback(SocketAddr),
    /// The address cannot be had.
    #[error("cannot listen on {address}: {error}; is another console running there?")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
    /// The certificate cannot be used.
    #[error("{cert} and {key} are no certificate and key: {error}; both are PEM files")]
    Certificate {
        /// Certificate.
        cert: PathBuf,
        /// Key.
        key: PathBuf,
        /// What is wrong.
        error: io::Error,
    },
    /// The system's.
    #[error("the console ended: {0}")]
    Io(#[from] io::Error),
}

/// Serves until the process is told to end.
///
/// # Errors
/// It cannot begin.
pub(crate) fn serve(settings: Settings) -> Result<(), ServeError> {
    let address = settings.listen;
    if settings.tls.is_none() && !address.ip().is_loopback() {
        return Err(ServeError::NotLoopback(address));
    }
    let listen = |error| ServeError::Listen { address, error };
    let listener = TcpListener::bind(address).map_err(listen)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(SEATS + 2)
        .thread_name("console")
        .enable_all()
        .build()?;
    runtime.block_on(run(settings, listener))
}

async fn run(settings: Settings, listener: TcpListener) -> Result<(), ServeError> {
    let address = listener.local_addr()?;
    let with_tls = settings.tls.is_some();
    let inner = Inner::new(settings.socket, settings.config, settings.names, with_tls)?;
    let service = router(App(Arc::new(inner))).into_make_service();
    match settings.tls {
        None => {
            let mut server = axum_server::from_tcp(listener)?.map(Watched);
            server.http_builder().http1().header_read_timeout(HEADERS);
            log::info!("console: http://{address}/");
            server.serve(service).await?;
        }
        Some((cert, key)) => {
            let config = RustlsConfig::from_pem_file(&cert, &key).await;
            let config = config.map_err(|error| ServeError::Certificate { cert, key, error })?;
            let mut server = axum_server::from_tcp_rustls(listener, config)?.map(Watched);
            server.http_builder().http1().header_read_timeout(HEADERS);
            log::info!("console: https://{address}/");
            server.serve(service).await?;
        }
    }
    Ok(())
}

fn router(app: App) -> Router {
    Router::new()
        .merge(assets::routes())
        .merge(pages::routes())
        .merge(api::routes())
        .fallback(pages::not_found)
        .method_not_allowed_fallback(pages::not_found)
        .layer(from_fn_with_state(app.clone(), guard::guard))
        .layer(map_response_with_state(app.clone(), guard::headers))
        .with_state(app)
}
