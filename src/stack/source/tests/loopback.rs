//! The downloads, against a host on loopback.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use serde_json::json;

use crate::config::Stack;
use crate::stack::StackError;
use crate::stack::source::cache::hex;
use crate::stack::source::{Origin, load};

/// A host that serves `files` by path until the test ends.
struct Host {
    url: String,
    requests: Arc<AtomicUsize>,
}

impl Host {
    fn serve(files: impl FnOnce(&str) -> HashMap<String, Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let files = files(&url);
        let requests = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let first = lines.next().unwrap().unwrap();
                while !lines.next().unwrap().unwrap().is_empty() {}
                counter.fetch_add(1, Ordering::Relaxed);
                let path = first.split(' ').nth(1).unwrap();
                let (status, body) = files.get(path).map_or(("404 Not Found", &b""[..]), |body| ("200 OK", body));
                let (status, extra) = match path.strip_prefix("/moved") {
                    Some(to) => ("302 Found", format!("Location: {to}\r\n")),
                    None => (status, String::new()),
                };
                let head =
                    format!("HTTP/1.1 {status}\r\n{extra}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
                stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
            }
        });
        Self { url, requests }
    }

    fn origin(&self, cache: &std::path::Path) -> Origin {
        Origin { api: self.url.clone(), raw: self.url.clone(), cache: cache.to_owned() }
    }
}

fn crds() -> String {
    let crd = |group: &str, plural: &str| {
        json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": format!("{plural}.{group}")},
            "spec": {"group": group, "names": {"plural": plural}, "versions": [{"name": "v1beta1", "served": true}]}})
    };
    let all = [
        crd("agents.x-k8s.io", "sandboxes"),
        crd("extensions.agents.x-k8s.io", "sandboxclaims"),
        crd("extensions.agents.x-k8s.io", "sandboxtemplates"),
        crd("extensions.agents.x-k8s.io", "sandboxwarmpools"),
    ];
    all.map(|crd| format!("---\n{crd}\n")).concat()
}

fn deployment(image: &str) -> String {
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "agent-sandbox-controller"},
        "spec": {"template": {"spec": {"containers": [{"name": "agent-sandbox-controller", "image": image}]}}}});
    format!("---\n{deployment}\n")
}

const RELEASE: &str = "/repos/kubernetes-sigs/agent-sandbox/releases/tags/v9.0.0";

/// A release with these assets: name, content, and the digest it is published with.
fn release(url: &str, assets: &[(&str, String, String)]) -> HashMap<String, Vec<u8>> {
    let listed: Vec<_> = assets
        .iter()
        .map(|(name, content, sum)| {
            json!({"name": name, "size": content.len(), "digest": format!("sha256:{sum}"),
                "browser_download_url": format!("{url}/moved/assets/{name}")})
        })
        .collect();
    let mut files: HashMap<_, _> =
        assets.iter().map(|(name, content, _)| (format!("/assets/{name}"), content.clone().into_bytes())).collect();
    files.insert(RELEASE.into(), json!({"assets": listed}).to_string().into_bytes());
    let main = "flag.IntVar(&x, \"kube-api-burst\", 10, \"\")";
    files.insert("/kubernetes-sigs/agent-sandbox/v9.0.0/cmd/agent-sandbox-controller/main.go".into(), main.into());
    files
}

fn sha256(content: &str) -> String {
    hex(digest(&SHA256, content.as_bytes()).as_ref())
}

fn asset(name: &'static str, content: String) -> (&'static str, String, String) {
    let sum = sha256(&content);
    (name, content, sum)
}

fn stack(reference: &str) -> Stack {
    Stack { manifest_ref: reference.into(), ..Stack::default() }
}

#[tokio::test]
async fn a_release_is_downloaded_once_and_kept() {
    let cache = tempfile::tempdir().unwrap();
    let whole = crds() + &deployment("registry/x:v9");
    let host = Host::serve(|url| release(url, &[asset("sandbox-with-extensions.yaml", whole)]));
    let manifests = load(&stack("v9.0.0"), &host.origin(cache.path())).await.unwrap();
    assert_eq!(manifests.crds().count(), 4);
    assert!(manifests.flags.as_ref().unwrap().contains("kube-api-burst"));
    let asked = host.requests.load(Ordering::Relaxed);
    load(&stack("v9.0.0"), &host.origin(cache.path())).await.unwrap();
    assert_eq!(host.requests.load(Ordering::Relaxed), asked, "the second load asks nobody");
}

#[tokio::test]
async fn a_fork_is_another_repository_with_a_cache_of_its_own() {
    let cache = tempfile::tempdir().unwrap();
    let host = Host::serve(|url| {
        let whole = crds() + &deployment("registry/fork:v9");
        let files = release(url, &[asset("sandbox-with-extensions.yaml", whole)]);
        files.into_iter().map(|(path, body)| (path.replace("kubernetes-sigs", "somebody"), body)).collect()
    });
    let fork = Stack { manifest_repo: "somebody/agent-sandbox".into(), ..stack("v9.0.0") };
    assert!(load(&fork, &host.origin(cache.path())).await.is_ok());
    assert!(load(&stack("v9.0.0"), &host.origin(cache.path())).await.is_err());
}

#[tokio::test]
async fn the_two_assets_of_older_releases_are_read_in_order() {
    let cache = tempfile::tempdir().unwrap();
    let assets = [
        asset("manifest.yaml", crds() + &deployment("registry/core:v9")),
        asset("extensions.yaml", deployment("registry/extensions:v9")),
    ];
    let host = Host::serve(|url| release(url, &assets));
    let manifests = load(&stack("v9.0.0"), &host.origin(cache.path())).await.unwrap();
    let controller = manifests.controller().unwrap();
    assert_eq!(controller["spec"]["template"]["spec"]["containers"][0]["image"], "registry/extensions:v9");
}

#[tokio::test]
async fn a_download_that_is_not_what_was_published_is_refused() {
    let cache = tempfile::tempdir().unwrap();
    let whole = crds() + &deployment("registry/x:v9");
    let host = Host::serve(|url| release(url, &[("sandbox-with-extensions.yaml", whole, sha256("another"))]));
    let error = load(&stack("v9.0.0"), &host.origin(cache.path())).await.unwrap_err();
    assert!(matches!(&error, StackError::Source { message, .. } if message.contains("the sha256 is")), "{error}");
    assert!(!cache.path().join("kubernetes-sigs/agent-sandbox/v9.0.0").exists(), "nothing of it is kept");
}

#[tokio::test]
async fn a_commit_is_the_repositorys_files() {
    const SHA: &str = "0123456789abcdef0123456789abcdef01234567";
    let cache = tempfile::tempdir().unwrap();
    let files =
        [("k8s/crds/all.yaml", crds()), ("k8s/controller.yaml", deployment("ko://x")), ("README.md", "no".into())];
    let blob = |content: &str| {
        let whole = format!("blob {}\0{content}", content.len());
        hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, whole.as_bytes()).as_ref())
    };
    let tree: Vec<_> = files
        .iter()
        .map(|(path, content)| json!({"path": path, "size": content.len(), "sha": blob(content)}))
        .collect();
    let repository = "/repos/kubernetes-sigs/agent-sandbox";
    let host = Host::serve(|_| {
        let commit = json!({"sha": SHA, "commit": {"tree": {"sha": "t"}}});
        let mut served = HashMap::from([
            (format!("{repository}/commits/0123456789ab"), commit.to_string().into_bytes()),
            (format!("{repository}/git/trees/t?recursive=1"), json!({"tree": tree}).to_string().into_bytes()),
        ]);
        served.extend(files.iter().map(|(path, content)| {
            (format!("/kubernetes-sigs/agent-sandbox/{SHA}/{path}"), content.clone().into_bytes())
        }));
        served
    });
    let manifests = load(&stack("0123456789ab"), &host.origin(cache.path())).await.unwrap();
    assert_eq!(manifests.objects.len(), 5);
}

#[tokio::test]
async fn without_a_network_the_error_names_the_way_out() {
    let cache = tempfile::tempdir().unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{closed}");
    let origin = Origin { api: url.clone(), raw: url, cache: cache.path().to_owned() };
    let error = load(&stack("v9.0.0"), &origin).await.unwrap_err().to_string();
    assert!(error.contains("v9.0.0") && error.contains("name a local folder in stack.manifest_ref"), "{error}");
}
