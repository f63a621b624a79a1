//! One small outgoing HTTP/1.1 client, for hooks and status documents.
//!
//! Every call has a connection of its own, one deadline over all of it, and a limit on what is kept
//! of the answer's body. Redirects are not followed: nobody is sent where the configuration did
//! not say. It is not the data path's client (that is `buffy-http` over the workers' sockets).

mod error;
mod tls;

#[cfg(test)]
mod tests;

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, HOST, HeaderMap, HeaderValue};
use hyper::{Method, Request, Uri};
use hyper_util::rt::TokioIo;
use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

pub use self::error::{ClientError, UrlError, io_words};
use self::tls::Roots;

/// Where a call goes: an absolute `http://` or `https://` URL.
#[derive(Clone, Debug)]
pub struct Address {
    uri: Uri,
    tls: bool,
    /// A name or an address, without brackets.
    host: String,
    port: u16,
    authority: HeaderValue,
}

/// One request to be sent.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    pub method: Method,
    pub to: &'a Address,
    /// Besides `Host` and `Connection: close`, which are written by the client.
    pub headers: HeaderMap,
    pub body: Bytes,
    /// From the first look-up to the answer's last byte.
    pub within: Duration,
    /// Bytes of the answer's body that are kept.
    pub body_max: usize,
}

/// What was answered.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// The body was longer than `body_max`: the rest was not read.
    pub cut: bool,
}

/// Sends calls; cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    roots: Arc<Roots>,
}

impl Address {
    /// Reads a URL as it was written in the configuration.
    pub fn parse(url: &str) -> Result<Self, UrlError> {
        let uri: Uri = url.parse().map_err(|source| UrlError::Syntax { source })?;
        let tls = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            Some(_) | None => return Err(UrlError::Scheme),
        };
        let authority = uri.authority().ok_or(UrlError::Host)?;
        if authority.as_str().contains('@') {
            return Err(UrlError::Userinfo);
        }
        let host = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        if host.is_empty() {
            return Err(UrlError::Host);
        }
        let port = authority.port_u16().unwrap_or(if tls { 443 } else { 80 });
        let authority = HeaderValue::try_from(authority.as_str()).map_err(|_| UrlError::Host)?;
        Ok(Self {
            uri,
            tls,
            host,
            port,
            authority,
        })
    }

    /// Scheme and authority only: a path may hold a secret, as Slack's do.
    pub fn origin(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!(
            "{scheme}://{}",
            self.authority.to_str().unwrap_or(&self.host)
        )
    }

    /// Origin-form, as it goes into the request line (RFC 9112 §3.2.1).
    fn target(&self) -> Uri {
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        path.parse().unwrap_or_else(|_| Uri::from_static("/"))
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl Client {
    /// A client that believes the system's certificate authorities, and these.
    pub fn new(extra_roots: Vec<CertificateDer<'static>>) -> Self {
        Self {
            roots: Arc::new(Roots::new(extra_roots)),
        }
    }

    /// Looks the host up, connects (all addresses in turn) and makes the call.
    pub async fn send(&self, call: Call<'_>) -> Result<Reply, ClientError> {
        bounded(call.within, async {
            let stream = TcpStream::connect((call.to.host.as_str(), call.to.port))
                .await
                .map_err(|source| ClientError::Connect { source })?;
            self.over(stream, &call).await
        })
        .await
    }

    /// Makes the call over the unix socket at this path; the URL's authority is only said as Host.
    pub async fn send_unix(&self, socket: &Path, call: Call<'_>) -> Result<Reply, ClientError> {
        bounded(call.within, async {
            let stream = UnixStream::connect(socket)
                .await
                .map_err(|source| ClientError::Connect { source })?;
            exchange(stream, &call).await
        })
        .await
    }

    /// Makes the call over a connection that stands already, with TLS where the URL says so.
    pub async fn send_over(&self, stream: TcpStream, call: Call<'_>) -> Result<Reply, ClientError> {
        bounded(call.within, self.over(stream, &call)).await
    }

    async fn over(&self, stream: TcpStream, call: &Call<'_>) -> Result<Reply, ClientError> {
        if call.to.tls {
            exchange(self.roots.handshake(&call.to.host, stream).await?, call).await
        } else {
            exchange(stream, call).await
        }
    }
}

async fn bounded<F>(within: Duration, work: F) -> Result<Reply, ClientError>
where
    F: Future<Output = Result<Reply, ClientError>>,
{
    tokio::time::timeout(within, work)
        .await
        .unwrap_or(Err(ClientError::TimedOut { after: within }))
}

async fn exchange<S>(stream: S, call: &Call<'_>) -> Result<Reply, ClientError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let broken = |source| ClientError::Exchange { source };
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(broken)?;
    let drive = async {
        // How the connection ended, the exchange learns for itself.
        drop(connection.await);
        std::future::pending().await
    };
    let work = async {
        let response = sender.send_request(request(call)).await.map_err(broken)?;
        let (head, mut body) = response.into_parts();
        let mut kept = Vec::new();
        let mut cut = false;
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(broken)?.into_data() else {
                continue;
            };
            let room = call.body_max.saturating_sub(kept.len());
            cut = data.len() > room;
            kept.extend(data.iter().take(room));
            if cut {
                break;
            }
        }
        Ok(Reply {
            status: head.status.as_u16(),
            headers: head.headers,
            body: kept.into(),
            cut,
        })
    };
    tokio::select! {
        reply = work => reply,
        reply = drive => reply,
    }
}

fn request(call: &Call<'_>) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::new(call.body.clone()));
    *request.method_mut() = call.method.clone();
    *request.uri_mut() = call.to.target();
    let headers = request.headers_mut();
    headers.insert(HOST, call.to.authority.clone());
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    headers.extend(call.headers.clone());
    request
}
