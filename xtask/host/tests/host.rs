//! The server's answers, asked for over a real socket.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::PathBuf,
    time::{Duration, Instant},
};

use static_host::{Host, Instead, Site, content_type, decode_path};

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(folder.join("pkg")).unwrap();
    fs::write(folder.join("index.html"), "<p>home</p>").unwrap();
    fs::write(folder.join("pkg/page-1.wasm"), [0, 97, 115, 109]).unwrap();
    folder
}

fn get(host: &Host, path: &str, header: &str) -> String {
    let address = host.url().trim_start_matches("http://").split('/').next().unwrap().to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{header}\r\n").unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn serves_files_with_types_and_cache_rules() {
    let host = Host::start(Site { folder: folder("plain"), ..Site::default() }, 0).unwrap();
    let home = get(&host, "/", "");
    assert!(
        home.starts_with("HTTP/1.1 200") && home.contains("text/html") && home.contains("no-cache"),
        "{home}"
    );
    assert!(home.ends_with("<p>home</p>"));
    let wasm = get(&host, "/pkg/page-1.wasm?x=1", "");
    assert!(wasm.contains("application/wasm") && wasm.contains("immutable"), "{wasm}");
    let tag = home.lines().find_map(|line| line.strip_prefix("ETag: ")).unwrap().trim().to_owned();
    assert!(get(&host, "/", &format!("If-None-Match: {tag}\r\n")).starts_with("HTTP/1.1 304"));
    assert!(get(&host, "/absent", "").starts_with("HTTP/1.1 404"));
    assert_eq!(host.answered().iter().map(|one| one.status).collect::<Vec<_>>(), [200, 200, 304, 404]);
}

#[test]
fn serves_under_a_prefix_with_added_headers_and_replaced_files() {
    let site = Site {
        folder: folder("prefixed"),
        prefix: "/a/b".into(),
        headers: vec![("Content-Security-Policy".into(), "default-src 'self'".into())],
        instead: [
            ("pkg/page-1.wasm".to_owned(), Instead::Missing),
            ("x.txt".to_owned(), Instead::Bytes(b"other".to_vec())),
        ]
        .into(),
        ..Site::default()
    };
    let host = Host::start(site, 0).unwrap();
    assert!(host.url().ends_with("/a/b/"));
    assert!(get(&host, "/", "").starts_with("HTTP/1.1 404"));
    assert!(get(&host, "/a/b/", "").contains("Content-Security-Policy: default-src 'self'"));
    assert!(get(&host, "/a/b/pkg/page-1.wasm", "").starts_with("HTTP/1.1 404"));
    assert!(get(&host, "/a/b/x.txt", "").ends_with("other"));
}

#[test]
fn paths_never_leave_the_folder() {
    for path in [
        "/../secret",
        "/a/%2e%2e/b",
        "/..%2fsecret",
        "/a\\b",
        "//etc/passwd",
        "/%00",
        "/%zz",
        "/%2",
        "relative",
    ] {
        assert_eq!(decode_path(path), None, "{path}");
    }
    assert_eq!(decode_path("/a%20b/c.js").as_deref(), Some("/a b/c.js"));
    assert_eq!(content_type("x.safetensors"), "application/octet-stream");
}

#[test]
fn goes_down_and_comes_back() {
    let host = Host::start(Site { folder: folder("down"), ..Site::default() }, 0).unwrap();
    for (is_down, status) in [(true, "HTTP/1.1 503"), (false, "HTTP/1.1 200")] {
        host.set_down(is_down);
        let answer = get(&host, "/", "");
        assert!(answer.starts_with(status), "{answer}");
    }
}

#[test]
fn a_slow_host_answers_late() {
    let delay = Duration::from_millis(80);
    let host = Host::start(Site { folder: folder("slow"), delay, ..Site::default() }, 0).unwrap();
    let began = Instant::now();
    assert!(get(&host, "/", "").starts_with("HTTP/1.1 200"));
    assert!(began.elapsed() >= delay);
}
