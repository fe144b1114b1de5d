use std::sync::Arc;

use super::access::{Authorizer, Tokens, User};
use super::clock::Clock;
use super::controller::Controllers;
use super::faults::{Faults, skews};
use super::files::Files;
use super::http::{Context, Seats, Snapshots};
use super::processes::Processes;
use super::random::{Purpose, Random};
use super::requests::Requests;
use super::seed::seed;
use super::store::Store;
use super::truth::Truth;
use super::{Installed, Settings};

/// A cluster with its stack in place, before its API is served.
pub struct Cluster {
    /// What requests need.
    pub context: Arc<Context>,
    pub controllers: Controllers,
    /// The clock of the faults.
    pub clock: Arc<Clock>,
}

impl Cluster {
    pub fn new(
        settings: Settings,
        installed: &Installed,
        truth: Truth,
        requests: Requests,
        processes: Processes,
    ) -> Self {
        let random_seed = settings.seed.unwrap_or_else(rand::random);
        let clock = Arc::new(Clock::new(skews(&settings.faults)));
        let faults = Arc::new(Faults::new(settings.faults.clone(), clock.clone(), random_seed));
        let truth = Arc::new(truth);
        let store = Arc::new(Store::new(clock.clone(), Random::new(random_seed, Purpose::Names), truth.clone()));
        let tokens = Arc::new(Tokens::default());
        let processes = Arc::new(processes);
        let files = Arc::new(Files::default());
        let mut controllers = Controllers::new(
            store.clone(),
            faults.clone(),
            tokens.clone(),
            processes.clone(),
            files.clone(),
            &settings,
            random_seed,
        );
        seed(&mut store.lock(), &settings, installed);
        controllers.settle();

        let seats = settings.fairness.map(|fairness| Seats::new(fairness, &store.lock()));
        let context = Arc::new(Context {
            store,
            faults,
            truth,
            requests,
            token: format!("simulator-{:016x}", rand::random::<u64>()),
            admin: Arc::new(User::admin()),
            tokens,
            processes,
            authorizer: Authorizer::default(),
            tls: settings.tls,
            snapshots: Snapshots::default(),
            exec: settings.exec,
            files,
            seats,
        });
        Self { context, controllers, clock }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::*;
    use crate::kinds::{JOBS, KindId, PODS, SANDBOXES, WARM_POOLS};
    use crate::store::{Key, Object};

    fn cluster(replicas: u32) -> Cluster {
        let installed = Installed { replicas, ..Installed::default() };
        let processes = Processes::new(Vec::new(), String::new(), None);
        let (truth, requests) = (Truth::new(None, false).unwrap(), Requests::new(None).unwrap());
        Cluster::new(Settings::default(), &installed, truth, requests, processes)
    }

    fn create(cluster: &Cluster, kind: KindId, value: Value) -> Key {
        Key::of(&cluster.context.store.lock().create(kind, Object::from_value(value).unwrap()))
    }

    fn names(cluster: &Cluster, kind: KindId) -> BTreeSet<Key> {
        cluster.context.store.lock().objects(kind).keys().cloned().collect()
    }

    #[test]
    fn a_pool_that_shrinks_keeps_what_it_wants() {
        let mut cluster = cluster(20);
        let before = names(&cluster, SANDBOXES);
        cluster.context.store.lock().update(WARM_POOLS, &Key::new("default", "agent-sandbox"), |pool| {
            let mut spec = pool.parse("spec");
            spec["replicas"] = 15.into();
            pool.set("spec", &spec);
        });
        cluster.controllers.settle();
        let after = names(&cluster, SANDBOXES);
        assert_eq!((before.len(), after.len()), (20, 15));
        assert!(after.is_subset(&before));
    }

    #[test]
    fn a_sandbox_that_names_another_pool_of_the_name_counts_for_none() {
        let mut cluster = cluster(3);
        let before = names(&cluster, SANDBOXES);
        let owner = json!({ "apiVersion": "extensions.agents.x-k8s.io/v1beta1", "kind": "SandboxWarmPool",
            "name": "agent-sandbox", "uid": "other", "controller": true });
        let sandbox =
            json!({ "metadata": { "name": "x", "namespace": "default", "ownerReferences": [owner] }, "spec": {} });
        let key = create(&cluster, SANDBOXES, sandbox);
        cluster.controllers.settle();
        cluster.context.store.lock().remove(SANDBOXES, &key);
        cluster.controllers.settle();
        assert_eq!(names(&cluster, SANDBOXES), before);
    }

    #[test]
    fn a_job_gets_all_its_pods_in_the_end() {
        let mut cluster = cluster(0);
        let spec = json!({ "completions": 510, "parallelism": 510, "template": { "spec": { "containers": [] } } });
        create(&cluster, JOBS, json!({ "metadata": { "name": "j", "namespace": "default" }, "spec": spec }));
        cluster.controllers.settle();
        assert_eq!(names(&cluster, PODS).len(), 510);
    }
}
