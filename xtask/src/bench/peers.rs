//! The servers that Buffy is compared with, and the one behind them all, as fast as they go: one
//! worker, no access log, connections kept on both sides, one field added to a proxied request.

use std::net::SocketAddr;
use std::process::Command;

use anyhow::{Result, ensure};

use super::folder::{Folder, free_address};
use super::process::Server;
use super::{CORE_MEASURED, CORE_REST, client};
use crate::tools;

/// What the upstream answers: 73 bytes.
pub(super) const BACKEND_BODY: &str =
    r#"{"status":"ok","service":"backend","items":[1,2,3,4,5,6],"message":"hi!"}"#;
/// What each server answers by itself: 52 bytes.
pub(super) const CANNED_BODY: &str = r#"{"status":"ok","service":"canned","items":[1,2,3,4]}"#;
const _: () = assert!(BACKEND_BODY.len() == 73 && CANNED_BODY.len() == 52);

/// A running server and where to ask it.
#[derive(Debug)]
pub(super) struct Contender {
    pub(super) name: &'static str,
    pub(super) server: Server,
    pub(super) proxied: SocketAddr,
    pub(super) canned: SocketAddr,
}

/// The path of the canned answer, of every contender.
pub(super) const CANNED_PATH: &str = "/canned";

impl Contender {
    /// Waits until both answers are right: an error page costs less than an answer.
    pub(super) fn ready(mut self) -> Result<Contender> {
        let (proxied, canned) = (self.proxied, self.canned);
        self.server.wait_for("ready", || {
            answers(proxied, "/", BACKEND_BODY)?;
            answers(canned, CANNED_PATH, CANNED_BODY)
        })?;
        Ok(self)
    }
}

/// Whether a GET is answered with 200 and `body`.
pub(super) fn answers(address: SocketAddr, target: &str, body: &str) -> Result<()> {
    let answer = client::get(address, target)?;
    ensure!(
        answer.status == 200,
        "{target} answers {}: {}",
        answer.status,
        answer.body
    );
    ensure!(answer.body == body, "{target} answers {:?}", answer.body);
    Ok(())
}

/// A whole answer with a body of JSON.
pub(super) fn json_answer(body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// nginx as the server behind the proxies, on the core that is not measured.
pub(super) fn backend(folder: &Folder) -> Result<(Server, SocketAddr)> {
    let address = free_address()?;
    let site = format!(
        "server {{ listen {address}; location / {{ default_type application/json; \
         return 200 '{BACKEND_BODY}'; }} }}"
    );
    let mut server = start_nginx("backend", CORE_REST, &site, folder)?;
    server.wait_for("ready", || answers(address, "/", BACKEND_BODY))?;
    Ok((server, address))
}

pub(super) fn nginx(upstream: SocketAddr, folder: &Folder) -> Result<Contender> {
    let address = free_address()?;
    let site = format!(
        "upstream backend {{ server {upstream}; keepalive 256; keepalive_requests 1000000000; }}
        server {{
            listen {address} reuseport;
            location / {{
                proxy_pass http://backend;
                proxy_http_version 1.1;
                proxy_set_header Connection '';
                proxy_set_header X-Bench nginx;
            }}
            location = {CANNED_PATH} {{
                default_type application/json;
                return 200 '{CANNED_BODY}';
            }}
        }}"
    );
    let server = start_nginx("nginx", CORE_MEASURED, &site, folder)?;
    Contender {
        name: "nginx",
        server,
        proxied: address,
        canned: address,
    }
    .ready()
}

/// nginx with the bench's folder below `/files/`, not ready yet.
pub(super) fn nginx_files(folder: &Folder) -> Result<(Server, SocketAddr)> {
    let address = free_address()?;
    let site = format!(
        "sendfile on;
        tcp_nopush on;
        server {{
            listen {address} reuseport;
            location /files/ {{ alias {}/; }}
        }}",
        folder.path().display()
    );
    let server = start_nginx("files-nginx", CORE_MEASURED, &site, folder)?;
    Ok((server, address))
}

fn start_nginx(name: &str, core: usize, site: &str, folder: &Folder) -> Result<Server> {
    let configuration = format!(
        "daemon off;
        worker_processes 1;
        pid {name}.pid;
        error_log stderr warn;
        events {{ worker_connections 4096; }}
        http {{
            access_log off;
            keepalive_requests 1000000000;
            client_body_temp_path {name}-body;
            proxy_temp_path {name}-proxy;
            fastcgi_temp_path {name}-fastcgi;
            uwsgi_temp_path {name}-uwsgi;
            scgi_temp_path {name}-scgi;
            {site}
        }}"
    );
    let file = folder.write(&format!("{name}.conf"), &configuration)?;
    let mut nginx = program("nginx");
    nginx
        .arg("-p")
        .arg(folder.path())
        .arg("-c")
        .arg(file)
        .args(["-e", "stderr"]);
    Server::start(name, Some(core), &mut nginx, folder)
}

pub(super) fn haproxy(upstream: SocketAddr, folder: &Folder) -> Result<Contender> {
    let (proxied, canned) = (free_address()?, free_address()?);
    let configuration = format!(
        "global
    nbthread 1
    maxconn 4096
defaults
    mode http
    timeout connect 2s
    timeout client 60s
    timeout server 60s
    http-reuse always
frontend proxied
    bind {proxied}
    default_backend backend
backend backend
    http-request set-header X-Bench haproxy
    server one {upstream}
frontend canned
    bind {canned}
    http-request return status 200 content-type application/json string '{CANNED_BODY}'
"
    );
    let file = folder.write("haproxy.cfg", &configuration)?;
    let mut haproxy = program("haproxy");
    haproxy.arg("-db").arg("-f").arg(file);
    let server = Server::start("haproxy", Some(CORE_MEASURED), &mut haproxy, folder)?;
    Contender {
        name: "haproxy",
        server,
        proxied,
        canned,
    }
    .ready()
}

pub(super) fn caddy(upstream: SocketAddr, folder: &Folder) -> Result<Contender> {
    let (proxied, canned) = (free_address()?, free_address()?);
    let configuration = format!(
        "{{
    admin off
    auto_https off
}}
http://{proxied} {{
    bind {ip}
    reverse_proxy {upstream} {{
        header_up X-Bench caddy
        transport http {{
            keepalive_idle_conns_per_host 256
        }}
    }}
}}
http://{canned} {{
    bind {ip}
    header Content-Type application/json
    respond `{CANNED_BODY}` 200
}}
",
        ip = proxied.ip()
    );
    let file = folder.write("Caddyfile", &configuration)?;
    let mut caddy = program("caddy");
    caddy
        .args(["run", "--adapter", "caddyfile", "--config"])
        .arg(file);
    caddy.env("GOMAXPROCS", "1").env("HOME", folder.path());
    caddy
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("XDG_DATA_HOME");
    let server = Server::start("caddy", Some(CORE_MEASURED), &mut caddy, folder)?;
    Contender {
        name: "caddy",
        server,
        proxied,
        canned,
    }
    .ready()
}

/// Servers live in folders that are not on everybody's PATH.
fn program(name: &str) -> Command {
    Command::new(tools::find(name).unwrap_or_else(|| name.into()))
}
