//! A static web server on 127.0.0.1 that can also misbehave on purpose.
//!
//! `cargo xtask serve` uses it as it is. The browser tests add what articles meet in the wild: a site at a sub-path,
//! a strict content security policy, files that are missing or damaged, a slow line, a host that goes down.

mod answer;

use std::{
    collections::BTreeMap,
    io,
    net::Ipv4Addr,
    path::PathBuf,
    sync::{
        Arc, Mutex, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

pub use answer::{content_type, decode_path};

/// What is served, and how.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// The folder whose files are served.
    pub folder: PathBuf,
    /// Where the site begins: `""` or `"/deep/path"`. Everything outside it is answered with 404.
    pub prefix: String,
    /// Added to every answer, for example a `Content-Security-Policy`.
    pub headers: Vec<(String, String)>,
    /// Files answered otherwise than the folder says, by path from the prefix, without a leading slash.
    pub instead: BTreeMap<String, Instead>,
    /// What every answer waits for, as on a slow line.
    pub delay: Duration,
}

/// What is answered in place of a file.
#[derive(Clone, Debug)]
pub enum Instead {
    /// 404.
    Missing,
    /// These bytes, with the content type of the name.
    Bytes(Vec<u8>),
}

/// One request as it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Decoded path, with its leading slash and without the query.
    pub path: String,
    pub status: u16,
    /// Length of the body.
    pub bytes: usize,
}

/// A running server; it stops when dropped.
pub struct Host {
    server: Arc<tiny_http::Server>,
    threads: Vec<JoinHandle<()>>,
    log: Arc<Mutex<Vec<Answered>>>,
    url: String,
    site: Arc<Served>,
}

/// A site while it is served.
pub(crate) struct Served {
    pub site: Site,
    pub instead: RwLock<BTreeMap<String, Instead>>,
    pub is_down: AtomicBool,
}

impl Host {
    /// Serves `site` on 127.0.0.1; port 0 takes a free one.
    ///
    /// # Errors
    /// When the port is taken.
    pub fn start(site: Site, port: u16) -> io::Result<Host> {
        let server = tiny_http::Server::http((Ipv4Addr::LOCALHOST, port)).map_err(io::Error::other)?;
        let port = server.server_addr().to_ip().map_or(port, |address| address.port());
        let url = format!("http://127.0.0.1:{port}{}/", site.prefix);
        let instead = RwLock::new(site.instead.clone());
        let served = Served { instead, is_down: AtomicBool::new(false), site };
        let (server, site) = (Arc::new(server), Arc::new(served));
        let log = Arc::new(Mutex::new(Vec::new()));
        // Several threads: a browser asks for many files at once over many connections.
        let threads = (0..8)
            .map(|_| {
                let (server, site, log) = (server.clone(), site.clone(), log.clone());
                thread::spawn(move || {
                    // An error here is `unblock`: the server is going down.
                    while let Ok(request) = server.recv() {
                        let note =
                            |one| log.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(one);
                        answer::answer(&site, request, note);
                    }
                })
            })
            .collect();
        Ok(Host { server, threads, log, url, site })
    }

    /// Address of the site's root, with a trailing slash.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Every request answered so far, in order.
    pub fn answered(&self) -> Vec<Answered> {
        self.log.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }

    /// From now on answers a file otherwise than the folder says; `None`: as the folder says again.
    pub fn answer_instead(&self, path: &str, instead: Option<Instead>) {
        let mut replaced = self.site.instead.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        match instead {
            Some(instead) => replaced.insert(path.to_owned(), instead),
            None => replaced.remove(path),
        };
    }

    /// From now on every request fails with 503, or does no longer.
    pub fn set_down(&self, is_down: bool) {
        self.site.is_down.store(is_down, Ordering::Relaxed);
    }

    /// Serves until the process ends.
    pub fn wait(mut self) {
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        for _ in &self.threads {
            self.server.unblock();
        }
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}
