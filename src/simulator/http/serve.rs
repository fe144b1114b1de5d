use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method, Request, StatusCode, header};
use hyper::body::Body;
use serde_json::json;

use super::body::{self, Answer, RequestBody};
use super::context::{Call, Context};
use super::path::{Path, Place};
use super::query::Query;
use super::received::Received;
use super::status::Failure;
use super::{
    conflict, create, delete, eviction, exec, fairness, identify, log, metrics, negotiate, openapi, patch,
    port_forward, proxy, read, review, router, scale, token, update, watch_stream, webhooks,
};
use crate::access::User;
use crate::faults::{RequestFault, RequestFaults, ResetTime};
use crate::kinds::{self, Kind};
use agent_sandbox_common::clock::monotonic_ns;

/// The connection is closed without an answer.
#[derive(Debug)]
pub struct ConnectionReset;

/// Answers a request, with what the faults of the schedule do to it.
pub async fn answer(context: Arc<Context>, request: Request<RequestBody>) -> Result<Answer, ConnectionReset> {
    let path = Path::parse(request.uri().path());
    let received = Received::now(&context.requests, &request, &path);
    let asked = context.requests.asked(&request, received.at_ns);
    let outcome = answer_in_form(&context, path, request, &received).await;
    let answer = outcome.as_ref().ok();
    let (status, bytes) = (answer.map(Answer::status), answer.and_then(|answer| answer.body().size_hint().exact()));
    context.requests.answered(received.series, received.at_ns, asked.as_ref(), status, bytes);
    outcome
}

async fn answer_in_form(
    context: &Arc<Context>,
    path: Path,
    request: Request<RequestBody>,
    received: &Received,
) -> Result<Answer, ConnectionReset> {
    if path == Path::Metrics {
        return Ok(metrics::answer(context, &request));
    }
    let faults = context.faults.on_request();
    let protobuf = negotiate::is_protobuf_alone(request.headers());
    let mut answer = answer_with_faults(context, path, request, received, &faults).await?;
    if protobuf {
        answer = negotiate::as_protobuf(answer).await;
    }
    if let Some(date) = faults.date {
        answer.headers_mut().insert(header::DATE, date);
    }
    Ok(answer)
}

async fn answer_with_faults(
    context: &Arc<Context>,
    path: Path,
    request: Request<RequestBody>,
    received: &Received,
    faults: &RequestFaults,
) -> Result<Answer, ConnectionReset> {
    let RequestFault { retry_after, status, token_expired, late, reset: _ } = faults.request;
    if let Some(answer) = retry_after.map(too_many_requests).or_else(|| status.map(server_error)) {
        return Ok(answer);
    }
    if faults.reset == Some(ResetTime::Before) {
        return Err(ConnectionReset);
    }
    let outcome = route(context, path, request, received, token_expired).await;
    if let Some(late) = late {
        tokio::time::sleep(late).await;
    }
    if faults.reset == Some(ResetTime::After) {
        return Err(ConnectionReset);
    }
    Ok(outcome.unwrap_or_else(|failure| body::json(failure.code, &failure.to_value())))
}

fn too_many_requests(retry_after: Duration) -> Answer {
    let message = "the server has received too many requests and has asked us to try again later";
    let mut failure = Failure::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", message);
    failure.details = json!({ "retryAfterSeconds": retry_after.as_secs() });
    let mut answer = body::json(failure.code, &failure.to_value());
    answer.headers_mut().insert(header::RETRY_AFTER, retry_after.as_secs().into());
    answer
}

fn server_error(status: u16) -> Answer {
    let code = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let reason = match code {
        StatusCode::SERVICE_UNAVAILABLE => "ServiceUnavailable",
        StatusCode::GATEWAY_TIMEOUT => "Timeout",
        _ => "InternalError",
    };
    let failure = Failure::new(code, reason, "the server is currently unable to handle the request");
    body::json(code, &failure.to_value())
}

async fn route(
    context: &Arc<Context>,
    path: Path,
    request: Request<RequestBody>,
    received: &Received,
    token_expired: bool,
) -> Result<Answer, Failure> {
    if path == Path::Health {
        return Ok(body::text("ok"));
    }
    if token_expired {
        return Err(Failure::unauthorized());
    }
    if router::is_for_router(&request) {
        return router::route(context, request, received).await;
    }
    let user = identify::identify(context, request.headers())?;
    identify::authorize(context, &user, request.method(), request.uri(), &path)?;
    let Some(seats) = &context.seats else { return serve(context, path, user, request, received).await };
    // A watch holds its seat until it has begun, as everything else until it is answered; what goes on to a pod holds none.
    let goes_on = matches!(&path, Path::Objects(place)
        if matches!(place.subresource.as_deref(), Some("exec" | "portforward" | "proxy")));
    let seat = if goes_on { None } else { Some(seats.take(&user.name).await) };
    let mut answer = match seat {
        Some(Err(fairness::NoSeat)) => fairness::refused(),
        Some(Ok(seat)) => {
            let received = Received { seated_ns: Some(monotonic_ns()), ..received.clone() };
            let outcome = serve(context, path, user, request, &received).await;
            tokio::time::sleep(seats.seat_time()).await;
            drop(seat);
            outcome.unwrap_or_else(|failure| body::json(failure.code, &failure.to_value()))
        }
        None => serve(context, path, user, request, received).await?,
    };
    seats.add_headers(&mut answer);
    Ok(answer)
}

async fn serve(
    context: &Arc<Context>,
    path: Path,
    user: Arc<User>,
    request: Request<RequestBody>,
    received: &Received,
) -> Result<Answer, Failure> {
    match path {
        Path::Objects(place) => objects(context, place, user, request, received).await,
        _ if request.method() != Method::GET => Err(Failure::method_not_allowed()),
        Path::Version => Ok(body::json(StatusCode::OK, &version())),
        _ => discover(context, &path, request.headers()),
    }
}

fn version() -> serde_json::Value {
    json!({ "major": "1", "minor": "33", "gitVersion": "v1.33.0+simulator", "gitCommit": "", "gitTreeState": "clean",
        "buildDate": "2026-01-01T00:00:00Z", "goVersion": "none", "compiler": "rustc", "platform": "linux/amd64" })
}

fn discover(context: &Context, path: &Path, headers: &HeaderMap) -> Result<Answer, Failure> {
    let state = context.store.lock();
    let all: Vec<&Kind> = state.kinds().map(|(_, kind)| &**kind).collect();
    let kinds = || all.iter().copied();
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let aggregated = accept.contains("as=APIGroupDiscoveryList") && accept.contains("v=v2");
    let value = match path {
        Path::Core | Path::Groups if aggregated => {
            let mut answer = body::json(StatusCode::OK, &kinds::aggregated(&all, *path == Path::Core));
            let full = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
            answer.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(full));
            return Ok(answer);
        }
        Path::Core => Some(json!({ "kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [] })),
        Path::Groups => Some(kinds::api_groups(kinds())),
        Path::Group(group) => kinds::group(kinds(), group),
        Path::Resources(group, version) => kinds::resources(kinds(), group, version),
        Path::OpenApi(path) if path == "v2" && accept.starts_with(openapi::PROTOBUF_ASKED) => {
            return Ok(body::bytes(openapi::PROTOBUF, openapi::message()));
        }
        Path::OpenApi(path) => openapi::document(path, &all),
        _ => None,
    };
    value.map(|value| body::json(StatusCode::OK, &value)).ok_or_else(Failure::no_such_path)
}

async fn objects(
    context: &Arc<Context>,
    mut place: Place,
    user: Arc<User>,
    request: Request<RequestBody>,
    received: &Received,
) -> Result<Answer, Failure> {
    let (id, kind) = context.find(&mut place)?;
    // Custom resources have no protobuf form.
    if kind.custom && negotiate::is_protobuf_alone(request.headers()) {
        return Err(negotiate::not_acceptable());
    }
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let query = Query::parse(request.uri().query().unwrap_or_default());
    let (content_type, accept, user_agent) =
        (text(header::CONTENT_TYPE), text(header::ACCEPT), text(header::USER_AGENT));
    let call = Call { place, id, kind, query, content_type, accept, user_agent, user, received: received.clone() };
    let method = request.method().clone();
    check_subresource(&call)?;
    match call.place.subresource.as_deref() {
        Some("exec") => return exec::exec(context, &call, request),
        Some("portforward") => return port_forward::port_forward(context, &call, request),
        Some("proxy") => return proxy::proxy(context, &call, request).await,
        Some("log") => return log::log(context, &call),
        _ => {}
    }
    let scales = call.place.subresource.as_deref() == Some("scale");
    if method == Method::GET && !call.kind.review {
        return match (&call.place.name, call.query.is_true("watch")) {
            (None, true) => watch_stream::watch(context, &call, request),
            (None, false) => read::list(context, &call),
            (Some(_), _) if scales => scale::get(context, &call),
            (Some(_), _) => read::get(context, &call),
        };
    }
    let body = body::read(request.into_body()).await?;
    if call.kind.review || matches!(call.place.subresource.as_deref(), Some("token" | "eviction")) {
        return match (method, call.id) {
            (Method::POST, _) if call.kind.review => review::answer(context, &call, &body),
            (Method::POST, kinds::PODS) => eviction::evict(context, &call, &body),
            (Method::POST, _) => token::request(context, &call, &body),
            _ => Err(Failure::method_not_allowed()),
        };
    }
    webhooks::admit(context, &call, &method)?;
    if matches!(method, Method::PUT | Method::PATCH) {
        conflict::check(context, &call)?;
    }
    match (method, &call.place.name) {
        (Method::PUT | Method::PATCH, Some(_)) if scales => scale::set(context, &call, &body),
        (Method::POST, None) => create::create(context, &call, &body),
        (Method::PUT, Some(_)) => update::replace(context, &call, &body),
        (Method::PATCH, Some(_)) => patch::patch(context, &call, &body),
        (Method::DELETE, Some(_)) => delete::delete(context, &call, &body),
        (Method::DELETE, None) => delete::delete_collection(context, &call, &body),
        _ => Err(Failure::method_not_allowed()),
    }
}

fn check_subresource(call: &Call) -> Result<(), Failure> {
    let known = match call.place.subresource.as_deref() {
        None => true,
        Some("status") => call.kind.status,
        Some("scale") => call.kind.scale,
        Some("exec" | "log" | "portforward" | "eviction") => call.id == kinds::PODS,
        Some("proxy") => matches!(call.id, kinds::PODS | kinds::SERVICES | kinds::NODES),
        Some("token") => call.id == kinds::SERVICE_ACCOUNTS,
        Some("finalize") => call.id == kinds::NAMESPACES,
        _ => false,
    };
    if known { Ok(()) } else { Err(Failure::no_such_path()) }
}
