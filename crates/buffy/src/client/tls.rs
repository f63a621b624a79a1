//! Whom an https call believes: the system's certificate authorities.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::ClientConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls_platform_verifier::Verifier;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::error::ClientError;

/// Loaded at the first https call: most configurations have none, and an image without
/// certificates must still start.
pub(super) struct Roots {
    extra: Vec<CertificateDer<'static>>,
    loaded: Mutex<Option<Arc<ClientConfig>>>,
}

impl Roots {
    pub(super) fn new(extra: Vec<CertificateDer<'static>>) -> Self {
        Self {
            extra,
            loaded: Mutex::new(None),
        }
    }

    pub(super) async fn handshake(
        &self,
        host: &str,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, ClientError> {
        let name =
            ServerName::try_from(host.to_owned()).map_err(|source| ClientError::ServerName {
                host: host.to_owned(),
                source,
            })?;
        let config = self
            .config()
            .map_err(|source| ClientError::Roots { source })?;
        TlsConnector::from(config)
            .connect(name, stream)
            .await
            .map_err(|source| ClientError::Tls { source })
    }

    fn config(&self) -> Result<Arc<ClientConfig>, rustls::Error> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = loaded.as_ref() {
            return Ok(Arc::clone(config));
        }
        let provider: Arc<CryptoProvider> = Arc::new(ring::default_provider());
        let verifier = Verifier::new_with_extra_roots(self.extra.clone(), Arc::clone(&provider))?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        let config = Arc::new(config);
        *loaded = Some(Arc::clone(&config));
        Ok(config)
    }
}

impl std::fmt::Debug for Roots {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Roots")
            .field("extra", &self.extra.len())
            .finish_non_exhaustive()
    }
}
