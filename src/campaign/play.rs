use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use agent_sandbox_bench::cluster::{Access, kube_client};
use agent_sandbox_bench::load::Stop;
use agent_sandbox_bench::measure::{ClaimRecord, Summary};
use agent_sandbox_bench::run::{RunError, RunOptions, Running, Runs, Target, cleanup_within, run_within};
use agent_sandbox_common::clock::made_up;
use agent_sandbox_common::mutation::{Mutation, mutate};
use agent_sandbox_simulator::{Installed, Options, Settings, Simulator};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use tokio::time::{sleep, timeout};

use crate::history::{Ended, History, OTHERS, THIEF, Told};
use crate::judge::judge;
use crate::scenario::{SUSPENDED_NS, Scenario};

/// Plays seeds.
pub struct Player {
    pub out: PathBuf,
    /// Whether the files of a run without violations stay.
    pub keeps: bool,
    pub twice: bool,
    /// A fault that the program is given.
    pub mutation: Option<Mutation>,
}

/// Where nothing may stand in the end.
const LISTS: [&str; 2] =
    ["/apis/extensions.agents.x-k8s.io/v1beta1/sandboxclaims", "/apis/coordination.k8s.io/v1/leases"];

const LEASE: &str = "/apis/coordination.k8s.io/v1/namespaces/default/leases/agent-sandbox-bench.agent-sandbox";

const OF_OTHERS: &str = "/apis/extensions.agents.x-k8s.io/v1beta1/namespaces/default/sandboxclaims";

/// Files in which a seed must write the same bytes each time.
const SAME: [&str; 3] = ["run/claims.jsonl", "truth.jsonl", "requests.jsonl"];

impl Player {
    /// Plays a seed; what is wrong with it, a sentence each.
    pub fn play(&self, seed: u64) -> Vec<String> {
        let folder = self.out.join(seed.to_string());
        mutate(self.mutation);
        let mut found = violations(seed, &folder);
        if self.twice {
            let again = self.out.join(format!("{seed}-again"));
            found.extend(violations(seed, &again));
            found.extend(
                SAME.iter()
                    .filter(|name| differ(&folder.join(name), &again.join(name)))
                    .map(|name| format!("{name} differs the second time")),
            );
            self.tidy(&again, &found);
        }
        mutate(None);
        self.tidy(&folder, &found);
        found
    }

    fn tidy(&self, folder: &Path, found: &[String]) {
        if !self.keeps && (found.is_empty() || self.mutation.is_some()) {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

fn differ(one: &Path, other: &Path) -> bool {
    std::fs::read(one).ok() != std::fs::read(other).ok()
}

fn violations(seed: u64, folder: &Path) -> Vec<String> {
    let _ = std::fs::remove_dir_all(folder);
    let played = std::fs::create_dir_all(folder).map_err(Into::into).and_then(|()| {
        let runtime = runtime(seed)?;
        runtime.block_on(history(seed, folder))
    });
    made_up::set(None);
    match played {
        Ok(history) => judge(&history),
        Err(error) => vec![format!("could not be played: {error}")],
    }
}

/// One thread, and time that jumps to the next timer.
fn runtime(seed: u64) -> std::io::Result<Runtime> {
    let mut builder = Builder::new_current_thread();
    #[cfg(tokio_unstable)]
    builder.rng_seed(tokio::runtime::RngSeed::from_bytes(&seed.to_le_bytes()));
    #[cfg(not(tokio_unstable))]
    let _ = seed;
    builder.enable_all().start_paused(true).build()
}

type Played<T> = Result<T, Box<dyn std::error::Error>>;

/// The run's address of the server, and that of everybody else.
const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
const ANOTHER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2));

async fn history(seed: u64, folder: &Path) -> Played<History> {
    let out = folder.join("run");
    let scenario = Scenario::draw(seed, &out)?;
    agent_sandbox_made_up::start_clock();
    made_up::set(Some(agent_sandbox_made_up::now_ns));
    agent_sandbox_made_up::begin(seed, scenario.weather.clone());
    let simulator = simulator(&scenario, folder)?;
    claim_others(&simulator).await?;
    let run_id = format!("seed{seed:06}");
    let theft = tokio::spawn(steal(scenario.theft, client(&simulator).await?));
    let began_ns = agent_sandbox_made_up::now_ns();
    let crash = scenario.crash.unwrap_or(Duration::MAX);
    let run = match timeout(crash, Box::pin(run(&scenario, cluster(&simulator, ADDRESS, folder)?, &run_id))).await {
        Ok(Ok(summary)) => Ended::Whole(Box::new(Told { summary, claims: claims(&out)? })),
        Ok(Err(error)) => Ended::Failed(error.to_string()),
        Err(_) => {
            agent_sandbox_made_up::crash(ADDRESS);
            let recorded = claims(&out)?;
            sleep(scenario.longest_fault()).await;
            let cleaned = cleanup_within(&cluster(&simulator, ANOTHER, folder)?, &[], Runs::One(&run_id)).await;
            cleaned.map_or_else(|error| Ended::Failed(error.to_string()), |_| Ended::Crashed(recorded))
        }
    };
    let left = left(&simulator, scenario.longest_fault()).await?;
    let is_stolen = theft.await?;
    let truth = simulator.truth();
    simulator.stop();
    Ok(History { scenario, began_ns, run, truth, is_stolen, left })
}

async fn run(scenario: &Scenario, target: Target, run_id: &str) -> Result<Summary, RunError> {
    let stop = Stop::default();
    let stopped = stop.clone();
    after(scenario.stop, move || stopped.stop());
    after(scenario.suspend, || made_up::suspend(SUSPENDED_NS));
    if let Some((at, by_ns)) = scenario.wall_step {
        after(Some(at), move || made_up::step_wall(by_ns));
    }
    let options = RunOptions {
        config: scenario.config.clone(),
        target,
        stop,
        progress: None,
        force: false,
        yes: true,
        running: Running::default(),
    };
    Ok(run_within(options, run_id).await?.summary)
}

/// Does something once the run has gone on for so long.
fn after(delay: Option<Duration>, act: impl FnOnce() + Send + 'static) {
    if let Some(delay) = delay {
        tokio::spawn(async move {
            sleep(delay).await;
            act();
        });
    }
}

/// The cluster by one of its addresses.
fn cluster(simulator: &Simulator, address: IpAddr, folder: &Path) -> Played<Target> {
    let path = folder.join(format!("kubeconfig-{address}"));
    std::fs::write(&path, simulator.kubeconfig().replace(&ADDRESS.to_string(), &address.to_string()))?;
    Ok(Target::Cluster { kubeconfig: Some(path), context: None })
}

fn simulator(scenario: &Scenario, folder: &Path) -> Played<Simulator> {
    let mut settings: Settings = serde_json::from_value(scenario.settings.clone())?;
    settings.request_log = Some(folder.join("requests.jsonl"));
    let options = Options {
        installed: Installed { replicas: scenario.replicas, ..Installed::default() },
        listen: SocketAddr::new(ADDRESS, 6443),
        truth_out: Some(folder.join("truth.jsonl")),
        keep_truth: true,
        ..Options::from(settings)
    };
    Ok(Simulator::start(options)?)
}

/// Somebody else claims too, from the pool that the run claims from.
async fn claim_others(simulator: &Simulator) -> Played<()> {
    let client = client(simulator).await?;
    for name in OTHERS {
        let claim = json!({
            "apiVersion": "extensions.agents.x-k8s.io/v1beta1",
            "kind": "SandboxClaim",
            "metadata": { "name": name, "labels": { "agent-sandbox-bench/run-id": name } },
            "spec": { "warmPoolRef": { "name": "agent-sandbox" } },
        });
        let request = http::Request::post(OF_OTHERS).header("Content-Type", "application/json");
        let _: Value = client.request(request.body(claim.to_string().into_bytes())?).await?;
    }
    Ok(())
}

/// Takes the Lease of the pool at some instant, as another run would; whether the server said that it is taken.
async fn steal(at: Option<Duration>, client: kube::Client) -> bool {
    let Some(at) = at else { return false };
    sleep(at).await;
    let labels = json!({ "agent-sandbox-bench/run-id": THIEF });
    let theft = json!({ "metadata": { "labels": labels }, "spec": { "holderIdentity": THIEF } });
    let request = http::Request::patch(LEASE).header("Content-Type", "application/merge-patch+json");
    let Ok(request) = request.body(theft.to_string().into_bytes()) else { return false };
    client.request::<Value>(request).await.is_ok()
}

/// One on new connections: old ones may bring nothing any more.
async fn client(simulator: &Simulator) -> Played<kube::Client> {
    let kubeconfig = simulator.kubeconfig().replace(&ADDRESS.to_string(), &ANOTHER.to_string());
    Ok(kube_client(&Access::local(&kubeconfig)?).await?)
}

/// Claims and Leases that stand once the faults are over, `after` this instant.
async fn left(simulator: &Simulator, after: Duration) -> Played<Vec<String>> {
    sleep(after).await;
    let client = client(simulator).await?;
    let mut left = Vec::new();
    for path in LISTS {
        let list: Value = client.request(http::Request::get(path).body(Vec::new())?).await?;
        let names = list["items"].as_array().into_iter().flatten();
        let name = |item: &Value| {
            item["spec"]["holderIdentity"].as_str().or(item["metadata"]["name"].as_str()).map(str::to_owned)
        };
        left.extend(names.filter_map(name));
    }
    Ok(left)
}

/// The claims that the run has recorded, to the last whole line.
fn claims(folder: &Path) -> Played<Vec<ClaimRecord>> {
    let text = std::fs::read_to_string(folder.join("claims.jsonl")).unwrap_or_default();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    Ok(whole.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}
