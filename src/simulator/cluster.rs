use std::sync::Arc;

use super::access::{Authorizer, Tokens, User};
use super::clock::Clock;
use super::controller::Controllers;
use super::faults::{Faults, skews};
use super::http::{Context, Seats, Snapshots};
use super::processes::Processes;
use super::random::{Purpose, Random};
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
    pub fn new(settings: Settings, installed: &Installed, truth: Truth, processes: Processes) -> Self {
        let random_seed = settings.seed.unwrap_or_else(rand::random);
        let clock = Arc::new(Clock::new(skews(&settings.faults)));
        let faults = Arc::new(Faults::new(settings.faults.clone(), clock.clone(), random_seed));
        let truth = Arc::new(truth);
        let store = Arc::new(Store::new(clock.clone(), Random::new(random_seed, Purpose::Names), truth.clone()));
        let tokens = Arc::new(Tokens::default());
        let processes = Arc::new(processes);
        let mut controllers =
            Controllers::new(store.clone(), faults.clone(), tokens.clone(), processes.clone(), &settings, random_seed);
        seed(&mut store.lock(), &settings, installed);
        controllers.settle();

        let seats = settings.fairness.map(|fairness| Seats::new(fairness, &store.lock()));
        let context = Arc::new(Context {
            store,
            faults,
            truth,
            token: format!("simulator-{:016x}", rand::random::<u64>()),
            admin: Arc::new(User::admin()),
            tokens,
            processes,
            authorizer: Authorizer::default(),
            tls: settings.tls,
            snapshots: Snapshots::default(),
            exec: settings.exec,
            seats,
        });
        Self { context, controllers, clock }
    }
}
