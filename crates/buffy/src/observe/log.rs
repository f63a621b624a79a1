//! stub
pub struct AccessSender;
pub struct AccessLog;
impl AccessLog { pub fn start() -> AccessSender { AccessSender } }
impl AccessSender { pub fn try_send(&self, _l: AccessLine) {} }
pub struct AccessLine { pub request_id: String, pub peer: std::net::IpAddr, pub method: String, pub path: String, pub endpoint: Option<String>, pub upstream: Option<String>, pub outcome: &'static str, pub status: u16, pub held: Option<std::time::Duration>, pub attempts: u32, pub elapsed: std::time::Duration }
pub fn start(_f: buffy_core::config::LogFormat) -> Result<(), std::io::Error> { tracing_subscriber::fmt().with_writer(std::io::stderr).init(); Ok(()) }
