use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use tokio::time::timeout;

use crate::cluster::{Requester, send_plain};
use crate::config::{ControllerMetricsSource, WarmPool};
use crate::load::claim::Template;
use crate::measure::ControllerMetrics;

/// Upstream's Service, through the API server.
const SERVICE: &str = "/api/v1/namespaces/agent-sandbox-system/services/agent-sandbox-controller:metrics/proxy/metrics";
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes of a scrape, at most.
const MOST: usize = 16 << 20;

/// The controller's metrics in Prometheus' text format; `None` where they are not wanted.
///
/// # Errors
/// Why they cannot be reached, in words.
pub async fn scrape(requester: &Requester, source: &ControllerMetricsSource) -> Option<Result<String, String>> {
    match source {
        ControllerMetricsSource::None => None,
        ControllerMetricsSource::Auto => Some(through_server(requester).await),
        ControllerMetricsSource::Url(url) => {
            let read = timeout(REQUEST_TIMEOUT, from_url(url)).await;
            Some(read.unwrap_or_else(|_| Err(format!("no answer within {} s", REQUEST_TIMEOUT.as_secs()))))
        }
    }
}

/// What the controller counted since `before` was scraped.
///
/// # Errors
/// Why it cannot be read now.
pub async fn metrics_since(
    before: String,
    requester: &Requester,
    source: &ControllerMetricsSource,
    pools: &[WarmPool],
    templates: &[Template],
) -> Result<ControllerMetrics, String> {
    let after = scrape(requester, source).await.ok_or("not asked for")??;
    let name = match source {
        ControllerMetricsSource::Url(url) => url,
        _ => "the controller's Service",
    };
    let templates: Vec<String> = templates.iter().map(|template| template.name.clone()).collect();
    Ok(ControllerMetrics::between(name, &before, &after, pools, &templates))
}

async fn through_server(requester: &Requester) -> Result<String, String> {
    let body = requester.read(Method::GET, SERVICE, REQUEST_TIMEOUT).await.map_err(|error| error.to_string())?;
    let body = body.ok_or_else(|| format!("404 Not Found for GET {SERVICE}"))?;
    Ok(String::from_utf8_lossy(&body).into_owned())
}

async fn from_url(url: &str) -> Result<String, String> {
    let uri: Uri = url.parse().map_err(|_| "no URL")?;
    let server = (uri.host().ok_or("no host in it")?, uri.port_u16().unwrap_or(80));
    let path = uri.path_and_query().map_or("/metrics", |path| path.as_str());
    let request = Request::get(path).body(Full::<Bytes>::default()).map_err(|error| error.to_string())?;
    let read = async |response: Response<Incoming>| {
        if !response.status().is_success() {
            return Err(format!("{} for GET {url}", response.status()));
        }
        let body = Limited::new(response.into_body(), MOST).collect().await.map_err(|error| error.to_string())?;
        Ok(String::from_utf8_lossy(&body.to_bytes()).into_owned())
    };
    send_plain(server, request, read).await.map_err(|_| "no connection")?
}
